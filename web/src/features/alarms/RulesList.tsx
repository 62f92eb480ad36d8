import { Button, Group, Modal, Stack, Table, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { SetSuppressionRuleDocument, SuppressionRulesDocument, type RulePartsFragment, type RuleState } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { Empty, Panel, Problem } from '@/ui/page';

import classes from './alarms.module.css';

type Rule = RulePartsFragment;

const pollMs = 3000;
const reasonMax = 500;

const stateNames: Record<RuleState, string> = { WAITING: 'not judged yet', HOLDS: 'holds', OVER: 'does not hold', UNKNOWN: 'cannot be evaluated' };

/** Design rules: when each holds, what it hides, and a switch for who answers for the design. */
export function RulesList({ onOpen }: { onOpen: (key: string) => void }) {
  const [{ data, error }, refresh] = usePolledQuery(SuppressionRulesDocument, {}, pollMs);
  const may = usePermission('suppression:set');
  const [asked, setAsked] = useState<Rule | null>(null);
  const rules = data?.suppressionRules ?? [];
  return (
    <>
      <Problem>{explain(error)}</Problem>
      <Panel flush label="Design rules">
        <div className={classes['scroll']}>
          <Table verticalSpacing={8} aria-label="Design rules" className={classes['table']}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Rule</Table.Th>
                <Table.Th>When</Table.Th>
                <Table.Th>Now</Table.Th>
                <Table.Th>Hides</Table.Th>
                <Table.Th aria-label="Switch" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rules.map((rule) => (
                <Table.Tr key={rule.key}>
                  <Table.Td className={classes['ruleText']}>
                    <strong>{rule.title}</strong>
                    <div className={classes['dim']}>{rule.key}</div>
                    <div>{rule.why}</div>
                  </Table.Td>
                  <Table.Td className={classes['expression']}>{rule.when}</Table.Td>
                  <Table.Td><Now rule={rule} /></Table.Td>
                  <Table.Td><Hidden rule={rule} onOpen={onOpen} /></Table.Td>
                  <Table.Td ta="right">
                    <GuardedButton size="compact-sm" variant="default" permission={may} aria-label={`Switch ${rule.title} ${rule.enabled ? 'off' : 'on'}`} onClick={() => setAsked(rule)}>
                      {rule.enabled ? 'Switch off…' : 'Switch on…'}
                    </GuardedButton>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
        {rules.length === 0 ? <Empty>{data ? 'This plant has no design rules.' : 'The rules are being read…'}</Empty> : null}
      </Panel>
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={asked ? `Switch ${asked.enabled ? 'off' : 'on'}: ${asked.title}` : ''}>
        {asked ? <SwitchForm rule={asked} onDone={() => { setAsked(null); refresh({ requestPolicy: 'network-only' }); }} onCancel={() => setAsked(null)} /> : null}
      </Modal>
    </>
  );
}

/** Of a rule that is switched off, what its condition does: it hides nothing either way. */
const offNames: Record<RuleState, string> = { WAITING: 'switched off', HOLDS: 'switched off; its condition holds', OVER: 'switched off; its condition does not hold', UNKNOWN: 'switched off; its condition cannot be evaluated' };

function Now({ rule }: { rule: Rule }) {
  const since = rule.since ? ` since ${formatTime(rule.since)}` : '';
  return (
    <>
      <div>{rule.enabled ? `${stateNames[rule.state]}${since}` : offNames[rule.state]}</div>
      {rule.unknown.map((what) => <div key={what} className={classes['dim']}>{what}</div>)}
      {rule.switchedBy ? <div className={classes['dim']}>switched {rule.enabled ? 'on' : 'off'} by {rule.switchedBy}, {formatTime(rule.switchedAt)}: {rule.switchedBecause}</div> : null}
    </>
  );
}

function Hidden({ rule, onOpen }: { rule: Rule; onOpen: (key: string) => void }) {
  const [all, setAll] = useState(false);
  const shown = all ? rule.alarms : rule.alarms.slice(0, 3);
  const more = rule.alarms.length - shown.length;
  return (
    <>
      {shown.map((alarm) => <div key={alarm.key}><button type="button" className={classes['title']} onClick={() => onOpen(alarm.key)}>{alarm.title}</button></div>)}
      {more > 0 ? <button type="button" className={classes['title']} onClick={() => setAll(true)}>and {more} more</button> : null}
    </>
  );
}

function SwitchForm({ rule, onDone, onCancel }: { rule: Rule; onDone: () => void; onCancel: () => void }) {
  const [reason, setReason] = useState('');
  // One key for one intention: pressing twice counts once.
  const [idempotencyKey] = useState(uuid);
  const [{ fetching }, send] = useMutation(SetSuppressionRuleDocument);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async () => {
    const { data, error } = await send({ input: { rule: rule.key, enabled: !rule.enabled, reason: reason.trim(), idempotencyKey } });
    const refused = error ? (explain(error) ?? 'The order was not taken.') : (data?.setSuppressionRule.userErrors.map((e) => e.message).join(' ') || null);
    setProblem(refused);
    if (refused === null) onDone();
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); void submit(); }}>
      <Stack>
        <Problem>{problem}</Problem>
        <div>
          {rule.enabled
            ? `It hides nothing until it is switched on again. What it hides now comes back one after the other.`
            : `It hides ${rule.alarms.length} alarms while it holds.`}
        </div>
        <Textarea label="Reason" required data-autofocus autosize minRows={2} maxLength={reasonMax} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>Cancel</Button>
          <Button type="submit" loading={fetching} disabled={reason.trim() === ''}>{rule.enabled ? 'Switch off' : 'Switch on'}</Button>
        </Group>
      </Stack>
    </form>
  );
}
