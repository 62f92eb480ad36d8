import { Checkbox, Group, NumberInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { ConsequenceSeverity, RegisterEntryPartsFragment, RegisterRulesPartsFragment, RegisterSettingsPartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { GuardedButton } from '@/ui/guarded';
import { severities, SeverityMark, severityOrder } from '@/ui/marks';

import { changesOf, draftOf, mistakesOf, type Draft } from './draft';
import { Matrix } from './Matrix';
import { Preview } from './Preview';
import classes from './register.module.css';
import type { RegisterOrders } from './use-register';
import { consequenceOrder, consequences, severityOf } from './words';

interface Props {
  entry: RegisterEntryPartsFragment;
  running: RegisterSettingsPartsFragment;
  rules: RegisterRulesPartsFragment;
  orders: RegisterOrders;
}

/** Everything that the register holds of an alarm, as it is to become. Nothing happens before it is proposed and approved. */
export function EntryForm({ entry, running, rules, orders }: Props) {
  const base = entry.approved ?? running;
  const [draft, setDraft] = useState(() => draftOf(base));
  const [reason, setReason] = useState('');
  const permission = usePermission('register:propose');
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const changes = changesOf(base, draft);
  const changed = Object.keys(changes).length > 0;
  const mistakes = mistakesOf(base, draft);
  const problem = (field: string) => mistakes[field] ?? orders.refusals.find((refusal) => refusal.field === field)?.message;
  const propose = () => void orders.order({ what: 'propose', input: { alarm: entry.key, baseVersion: entry.version, changes, reason } });
  return (
    <form onSubmit={(e) => { e.preventDefault(); propose(); }}>
      <Stack gap="md">
        <Assessed draft={draft} set={set} rules={rules} problem={problem} />
        {base.limit ? (
          <section className={classes['section']} aria-label="Limit">
            <h3>Limit{entry.tag ? <span className={classes['dim']}>{` in ${entry.tag.unitOfMeasure}; range ${entry.tag.rangeLow} to ${entry.tag.rangeHigh}, normally ${entry.tag.normal}`}</span> : null}</h3>
            <div className={classes['grid']}>
              <NumberInput label="Limit" value={draft.value} onChange={(value) => set({ value })} error={problem('value')} />
              <NumberInput label="Deadband" min={0} clampBehavior="none" value={draft.deadband} onChange={(deadband) => set({ deadband })} error={problem('deadband')} />
              <NumberInput label="On-delay" suffix=" s" min={0} clampBehavior="none" value={draft.onDelay} onChange={(onDelay) => set({ onDelay })} error={problem('onDelaySeconds')} />
              <NumberInput label="Off-delay" suffix=" s" min={0} clampBehavior="none" value={draft.offDelay} onChange={(offDelay) => set({ offDelay })} error={problem('offDelaySeconds')} />
            </div>
            <Preview alarm={entry.key} limit={changes.limit ?? {}} />
          </section>
        ) : null}
        <section className={classes['section']} aria-label="Words">
          <h3>What the operator reads</h3>
          <Stack gap="xs">
            <Textarea label="Cause" autosize minRows={2} maxLength={4000} value={draft.cause} onChange={(e) => set({ cause: e.currentTarget.value })} error={problem('cause')} />
            <Textarea label="Consequence" autosize minRows={2} maxLength={4000} value={draft.consequence} onChange={(e) => set({ consequence: e.currentTarget.value })} error={problem('consequence')} />
            <Textarea label="Corrective action" autosize minRows={2} maxLength={4000} value={draft.guidance} onChange={(e) => set({ guidance: e.currentTarget.value })} error={problem('guidance')} />
          </Stack>
        </section>
        <section className={classes['section']} aria-label="Handling">
          <h3>Handling</h3>
          <div className={classes['grid']}>
            <Checkbox label="Stays until reset" checked={draft.latching} onChange={(e) => set({ latching: e.currentTarget.checked })} />
            <NumberInput label="Call again after" suffix=" min" min={0} clampBehavior="none" placeholder="never" value={draft.reAlarm} onChange={(reAlarm) => set({ reAlarm })} error={problem('reAlarmAfterMinutes')} />
            <NumberInput label="Longest shelf" suffix=" min" min={1} clampBehavior="none" value={draft.shelve} onChange={(shelve) => set({ shelve })} error={problem('shelveMinutesMax')} />
            <TextInput label="Alarm class" maxLength={64} value={draft.class} onChange={(e) => set({ class: e.currentTarget.value })} error={problem('class')} />
          </div>
        </section>
        <section className={classes['section']} aria-label="Propose">
          <Textarea label="Reason for the change" required autosize minRows={2} maxLength={1000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={problem('reason')} />
          <Group justify="flex-end" mt="xs">
            <GuardedButton type="submit" permission={permission} disabled={!changed || Object.keys(mistakes).length > 0 || reason.trim() === '' || orders.busy || entry.pending !== null}>Propose the change</GuardedButton>
          </Group>
          {entry.pending ? <p className={classes['dim']}>A change of this alarm waits for approval, see above. One waits at a time.</p> : null}
        </section>
      </Stack>
    </form>
  );
}

function Assessed({ draft, set, rules, problem }: { draft: Draft; set: (change: Partial<Draft>) => void; rules: RegisterRulesPartsFragment; problem: (field: string) => string | undefined }) {
  const minutes = typeof draft.minutes === 'number' ? draft.minutes : null;
  const all = [draft.safety, draft.environment, draft.economics];
  const proposed = minutes === null ? null : severityOf(rules, minutes, all);
  const assess = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    const severity = typeof next.minutes === 'number' ? severityOf(rules, next.minutes, [next.safety, next.environment, next.economics]) : null;
    set({ ...change, ...(severity ? { severity } : {}) });
  };
  const choice = (label: string, value: ConsequenceSeverity, name: 'safety' | 'environment' | 'economics') => (
    <Select label={label} allowDeselect={false} value={value} data={consequenceOrder.map((known) => ({ value: known, label: consequences[known] }))} onChange={(picked) => assess({ [name]: (picked ?? 'NONE') })} />
  );
  return (
    <section className={classes['section']} aria-label="Assessment">
      <h3>Assessment</h3>
      <Stack gap="sm">
        <div className={classes['grid']}>
          <NumberInput label="Time to respond" suffix=" min" min={0} clampBehavior="none" placeholder="not assessed" value={draft.minutes} onChange={(value) => assess({ minutes: value })} error={problem('timeToRespondMinutes')} />
          {choice('Safety', draft.safety, 'safety')}
          {choice('Environment', draft.environment, 'environment')}
          {choice('Economics', draft.economics, 'economics')}
        </div>
        {problem('consequences') ? <div role="alert">{problem('consequences')}</div> : null}
        <Matrix rules={rules} minutes={minutes} all={all} />
        <Group align="flex-end" gap="md">
          <Select label="Severity" w={160} allowDeselect={false} value={draft.severity} data={severityOrder.map((s) => ({ value: s, label: severities[s].name }))} onChange={(value) => set({ severity: (value ?? draft.severity) })} error={problem('severity')} />
          {proposed ? <span>The matrix gives <SeverityMark severity={proposed} withName /></span> : <span className={classes['dim']}>{minutes === null ? 'Nobody has assessed this alarm.' : 'If nothing happens when nobody acts, this is no alarm.'}</span>}
        </Group>
        <Textarea label="Justification" description="Why there is such an alarm; needed where the severity is another than that of the matrix" autosize maxLength={4000} value={draft.justification} onChange={(e) => set({ justification: e.currentTarget.value })} error={problem('justification')} />
      </Stack>
    </section>
  );
}
