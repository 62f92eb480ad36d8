import { Alert, Badge, Button, Drawer, Group, Stack, Textarea } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { RegisterEntryDocument, type RegisterChangePartsFragment, type RegisterDriftPartsFragment, type RegisterEntryPartsFragment, type RegisterRulesPartsFragment } from '@/api/generated/graphql';
import { usePermission, type Permission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { useSession } from '@/stores/session';
import { GuardedButton } from '@/ui/guarded';
import { SeverityMark } from '@/ui/marks';
import { Problem } from '@/ui/page';

import { Differences } from './Differences';
import { EntryForm } from './EntryForm';
import classes from './register.module.css';
import { useRegister, type RegisterOrders } from './use-register';
import { changeStates, driftKinds } from './words';

/** One alarm of the register: what waits, what has drifted, and the form that proposes a change. */
export function EntryDrawer({ alarm, onClose, onChanged }: { alarm: string | null; onClose: () => void; onChanged: () => void }) {
  return (
    <Drawer opened={alarm !== null} onClose={onClose} position="right" size={720} title="Register entry" withOverlay={false} trapFocus={false} lockScroll={false} closeOnClickOutside={false} shadow="lg" classNames={{ inner: classes['drawer'] }} closeButtonProps={{ 'aria-label': 'Close' }}>
      {alarm === null ? null : <Loaded key={alarm} alarm={alarm} onChanged={onChanged} />}
    </Drawer>
  );
}

function Loaded({ alarm, onChanged }: { alarm: string; onChanged: () => void }) {
  const [{ data, error, fetching }, ask] = useQuery({ query: RegisterEntryDocument, variables: { alarm }, requestPolicy: 'cache-and-network' });
  const changed = useCallback(() => {
    ask({ requestPolicy: 'network-only' });
    onChanged();
  }, [ask, onChanged]);
  const orders = useRegister(changed);
  const entry = data?.registerEntry;
  if (!entry) return fetching ? <p role="status">Reading the entry…</p> : <Problem>{explain(error) ?? `Neither plant file nor register has an alarm ${alarm}.`}</Problem>;
  return <Entry entry={entry} rules={data.registerRules} orders={orders} />;
}

interface Props {
  entry: RegisterEntryPartsFragment;
  rules: RegisterRulesPartsFragment;
  orders: RegisterOrders;
}

function Entry({ entry, rules, orders }: Props) {
  const { running, pending, drift } = entry;
  return (
    <Stack gap="md">
      <div>
        <h2 style={{ margin: 0 }}>{running ? <SeverityMark severity={running.severity} /> : null} {entry.title}</h2>
        <Group gap={6}>
          <span className={classes['dim']}>{entry.key}</span>
          <Badge radius="sm" size="sm" variant="default">{entry.registerDecides ? `the register decides, version ${entry.version}` : 'the plant file decides'}</Badge>
        </Group>
      </div>
      <Refusals orders={orders} />
      {pending ? <Pending change={pending} orders={orders} /> : null}
      {drift ? <Drifted drift={drift} entry={entry} orders={orders} /> : null}
      {running ? <EntryForm key={`${entry.version} ${pending?.id ?? ''}`} entry={entry} running={running} rules={rules} orders={orders} /> : null}
      <History changes={entry.changes} />
    </Stack>
  );
}

function Refusals({ orders: { refusals, retry } }: { orders: RegisterOrders }) {
  if (refusals.length === 0) return null;
  return (
    <Alert color="red" variant="light" role="alert" title="It was not done">
      {refusals.map(({ message }) => <div key={message}>{message}</div>)}
      {retry ? <Button mt="xs" size="xs" variant="default" onClick={retry}>Try again</Button> : null}
    </Alert>
  );
}

/** Why this person may not approve this change, beyond what their role says. */
export function approval(permission: Permission, change: Pick<RegisterChangePartsFragment, 'needsAnotherPerson' | 'proposedBy'>, me: string | undefined): Permission {
  if (!permission.allowed || !change.needsAnotherPerson || change.proposedBy !== me) return permission;
  return { allowed: false, reason: 'You have proposed this change; this plant wants another person to approve it.' };
}

function Pending({ change, orders }: { change: RegisterChangePartsFragment; orders: RegisterOrders }) {
  const [reason, setReason] = useState('');
  const me = useSession((s) => s.user?.name);
  const approving = usePermission('register:approve');
  const proposing = usePermission('register:propose');
  const mine = change.proposedBy === me;
  const unsaid = reason.trim() === '';
  const may = approval(approving, change, me);
  const here = useRef<HTMLElement>(null);
  // Whoever has proposed it stands at the end of a long form: what came of it is up here.
  useEffect(() => here.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <section ref={here} className={classes['note']} data-kind="pending" aria-label="Proposed change">
      <strong>Version {change.version} waits for approval</strong>
      <div>{change.proposedBy}, {formatTime(change.proposedAt)}: {change.reason}</div>
      <Differences differences={change.differences} before="Approved" after="Proposed" />
      <Textarea size="xs" label="Reason" description="Needed to reject or to take back" autosize maxLength={1000} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <Group gap="xs" mt="xs">
        <GuardedButton size="xs" permission={may} disabled={orders.busy} onClick={() => void orders.order({ what: 'approve', change: change.id, reason })}>Approve</GuardedButton>
        <GuardedButton size="xs" variant="default" permission={approving} disabled={orders.busy || unsaid} onClick={() => void orders.order({ what: 'reject', change: change.id, reason })}>Reject</GuardedButton>
        {mine ? <GuardedButton size="xs" variant="default" permission={proposing} disabled={orders.busy || unsaid} onClick={() => void orders.order({ what: 'withdraw', change: change.id, reason })}>Take back</GuardedButton> : null}
      </Group>
      {may.allowed ? null : <p className={classes['dim']}>{may.reason}</p>}
    </section>
  );
}

function Drifted({ drift, entry, orders }: { drift: RegisterDriftPartsFragment; entry: RegisterEntryPartsFragment; orders: RegisterOrders }) {
  const proposing = usePermission('register:propose');
  const propose = (input: { adoptFile?: boolean; retire?: boolean }, reason: string) =>
    void orders.order({ what: 'propose', input: { alarm: entry.key, baseVersion: entry.version, reason, ...input } });
  const blocked = orders.busy || entry.pending !== null;
  return (
    <section className={classes['note']} aria-label="Drift">
      <strong>Drift: {driftKinds[drift.kind].name}</strong>
      <div>{driftKinds[drift.kind].explanation} The plant runs as the {drift.fileRuns ? 'plant file' : 'register'} says.</div>
      {drift.problem ? <div>{drift.problem}</div> : null}
      {drift.kind === 'DISAPPEARED' ? null : <Differences differences={drift.differences} before="Register" after="Plant file" />}
      <Group gap="xs" mt="xs">
        {drift.kind === 'DISAPPEARED'
          ? <GuardedButton size="xs" variant="default" permission={proposing} disabled={blocked} onClick={() => propose({ retire: true }, 'The plant file does not have this alarm any more.')}>Propose to take it out</GuardedButton>
          : <GuardedButton size="xs" variant="default" permission={proposing} disabled={blocked} onClick={() => propose({ adoptFile: true }, 'As the plant file has it now.')}>Propose what the plant file says</GuardedButton>}
        {drift.kind === 'FILE_CHANGED'
          ? <GuardedButton size="xs" variant="default" permission={proposing} disabled={blocked} onClick={() => propose({}, 'Kept as approved; the plant file is to follow.')}>Propose to keep what is approved</GuardedButton>
          : null}
      </Group>
    </section>
  );
}

function History({ changes }: { changes: readonly RegisterChangePartsFragment[] }) {
  return (
    <section className={classes['section']} aria-label="Changes">
      <h3>Changes</h3>
      {changes.map((change) => (
        <div key={change.id} className={classes['entry']}>
          <strong>Version {change.version}, {changeStates[change.state]}</strong> · proposed by {change.proposedBy}, {formatTime(change.proposedAt)}: {change.reason}
          {change.decidedBy ? <div className={classes['dim']}>decided by {change.decidedBy}, {formatTime(change.decidedAt)}{change.decision ? `: ${change.decision}` : ''}</div> : null}
          {change.origin === 'PERSON' ? <Differences differences={change.differences} before="Before" after="After" /> : null}
        </div>
      ))}
    </section>
  );
}
