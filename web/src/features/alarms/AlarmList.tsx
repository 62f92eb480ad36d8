import { Alert, Button, Checkbox, Group, Select, Table } from '@mantine/core';
import { Fragment, useState, type ComponentProps } from 'react';
import { useSearchParams } from 'react-router';

import type { AlarmState } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { usePermission } from '@/api/use-permission';
import { useNow } from '@/lib/use-now';
import { calls, groupsOf, owesAcknowledgement, useAlarms, worst, type Alarm } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { alarmStates, severities, severityOrder } from '@/ui/marks';
import { Empty, Panel } from '@/ui/page';
import { Words } from '@/ui/Words';

import { AlarmRow } from './AlarmRow';
import classes from './alarms.module.css';
import { isListOrder, listOrders, ordered, type ListOrder } from './order';
import { OrderDialog, type Question } from './OrderDialog';
import { useAlarmOrder, type AlarmOrder } from './use-alarm-order';
import { useAlarmKeys } from './use-alarm-keys';

/** The states in which an alarm stands in the list. */
const listedStates = ['UNACKNOWLEDGED', 'ACKNOWLEDGED', 'RTN_UNACKNOWLEDGED', 'LATCHED_UNACKNOWLEDGED', 'LATCHED_ACKNOWLEDGED'] as const satisfies readonly AlarmState[];

/** Over, latched and acknowledged: only a reset takes it from the list. */
function waitsForReset({ state }: Alarm): boolean {
  return state === 'LATCHED_ACKNOWLEDGED';
}

function isListed(text: string | null): text is (typeof listedStates)[number] {
  return listedStates.some((state) => state === text);
}

interface Filter {
  severity: string | null;
  unit: string | null;
  text: string;
  owed: boolean;
  state: AlarmState | null;
  order: ListOrder;
}

export function matches(alarm: Alarm, { severity, unit, text, owed, state }: Pick<Filter, 'severity' | 'unit' | 'text' | 'owed'> & Partial<Filter>): boolean {
  if (severity && alarm.severity !== severity) return false;
  if (unit && alarm.unit?.key !== unit) return false;
  if (state && alarm.state !== state) return false;
  if (owed && !owesAcknowledgement[alarm.state]) return false;
  return `${alarm.title} ${alarm.key}`.toLowerCase().includes(text.toLowerCase());
}

/** The alarm list: filtered and ordered as the address says, without a word of it by annunciation, newest first. */
export function AlarmList({ onOpen }: { onOpen: (key: string) => void }) {
  const list = useAlarms((s) => s.list);
  const complete = useAlarms((s) => s.complete);
  const [filter, setFilter] = useFilter();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);
  const permission = usePermission('alarm:acknowledge');
  const shelving = usePermission('alarm:shelve');
  const resetting = usePermission('alarm:reset');
  const orders = useAlarmOrder();
  const now = useNow();

  // What a key could not do, and why; a button would have said it by itself.
  const [unable, setUnable] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const found = list.filter((alarm) => matches(alarm, filter));
  // A closed group hides who came silently. Who calls is never hidden: somebody hears it and looks for it.
  const groups = groupsOf(ordered(found, filter.order)).map(({ leader, members }) => {
    const open = opened.has(leader.key);
    return { leader, members, open, seen: open ? members : members.filter((alarm) => calls(alarm) && owesAcknowledgement[alarm.state]) };
  });
  // In the order in which they are drawn, so that the keys go from row to row.
  const shown = groups.flatMap(({ leader, seen }) => [leader, ...seen]);
  const toggle = (key: string) => setOpened((before) => toggled(before, key));
  const picked = found.filter((alarm) => selected.has(alarm.key));
  const chosen = picked.filter((alarm) => owesAcknowledgement[alarm.state]);
  const latched = picked.filter(waitsForReset);
  const owed = found.filter((alarm) => owesAcknowledgement[alarm.state]);
  const select = (keys: readonly string[], on: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      for (const key of keys) if (on) next.add(key); else next.delete(key);
      return next;
    });
  const send = (order: AlarmOrder, alarms: readonly Alarm[]) => {
    void orders.order(order, alarms);
    setSelected(new Set());
    setQuestion(null);
  };
  const onKeyDown = useAlarmKeys(shown, {
    acknowledge: (alarm) => {
      setUnable(permission.allowed ? null : permission.reason);
      if (permission.allowed && owesAcknowledgement[alarm.state]) send({ what: 'acknowledge' }, [alarm]);
    },
    shelve: (alarm) => {
      setUnable(shelving.allowed ? null : shelving.reason);
      if (shelving.allowed) setQuestion({ what: 'shelve', alarms: [alarm] });
    },
    open: (alarm) => onOpen(alarm.key),
    unfold: (alarm, open) => { if (groups.some((group) => group.leader.key === alarm.key && group.members.length > 0 && group.open !== open)) toggle(alarm.key); },
  });

  const row = (alarm: Alarm, group?: ComponentProps<typeof AlarmRow>['group'], member = false) => (
    <AlarmRow
      key={alarm.key}
      alarm={alarm}
      now={now}
      permission={permission}
      resetting={resetting}
      selected={selected.has(alarm.key)}
      busy={orders.busy}
      onSelect={(on) => select([alarm.key], on)}
      onOpen={() => onOpen(alarm.key)}
      onAcknowledge={() => send({ what: 'acknowledge' }, [alarm])}
      onReset={() => send({ what: 'reset' }, [alarm])}
      member={member}
      {...(group ? { group } : {})}
    />
  );

  return (
    <>
      <Group mb="sm" gap="sm" justify="space-between">
        <Filters filter={filter} onFilter={setFilter} />
        <Group gap="xs">
          <GuardedButton permission={permission} disabled={chosen.length === 0 || orders.busy} onClick={() => send({ what: 'acknowledge' }, chosen)}>
            Acknowledge selected ({chosen.length})
          </GuardedButton>
          <GuardedButton variant="default" permission={permission} disabled={chosen.length === 0 || orders.busy} onClick={() => setQuestion({ what: 'acknowledge', alarms: chosen })}>
            With comment…
          </GuardedButton>
          <GuardedButton variant="default" permission={shelving} disabled={picked.length === 0 || orders.busy} onClick={() => setQuestion({ what: 'shelve', alarms: picked })}>
            Shelve… ({picked.length})
          </GuardedButton>
          {latched.length > 0 ? <GuardedButton variant="default" permission={resetting} disabled={orders.busy} onClick={() => send({ what: 'reset' }, latched)}>Reset selected ({latched.length})</GuardedButton> : null}
        </Group>
      </Group>
      <Refusals refusals={orders.refusals} retry={orders.retry} onClose={orders.forget} />
      <Panel flush label="Alarm list">
        <div className={classes['scroll']}>
          <Table highlightOnHover verticalSpacing={6} aria-label="Alarm list" className={`${classes['table']} ${classes['list']}`} onKeyDown={onKeyDown}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={36}>
                  <Checkbox
                    size="xs"
                    aria-label="Select all that owe an acknowledgement"
                    disabled={owed.length === 0}
                    checked={owed.length > 0 && chosen.length === owed.length}
                    indeterminate={chosen.length > 0 && chosen.length < owed.length}
                    onChange={(e) => select(owed.map((alarm) => alarm.key), e.currentTarget.checked)}
                  />
                </Table.Th>
                <Sorted by="severity" filter={filter} onFilter={setFilter}>Severity</Sorted>
                <Table.Th>Alarm</Table.Th>
                <Table.Th>State</Table.Th>
                <Sorted by="unit" filter={filter} onFilter={setFilter} className={classes['wide']}>Unit</Sorted>
                <Table.Th ta="right" className={classes['bulky']}>Value, limit</Table.Th>
                <Sorted by={filter.order === 'newest' ? 'oldest' : 'newest'} now={filter.order === 'newest' ? 'ascending' : filter.order === 'oldest' ? 'descending' : 'none'} filter={filter} onFilter={setFilter} className={classes['bulky']}>Age</Sorted>
                <Table.Th aria-label="Acknowledge" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.map(({ leader, members, open, seen }) => {
                const debts = members.filter((alarm) => owesAcknowledgement[alarm.state]);
                const waiting = members.filter(waitsForReset);
                const beneath = open ? members : members.filter((alarm) => !seen.includes(alarm));
                const group = members.length === 0 ? undefined : {
                  size: beneath.length,
                  more: seen.length > 0 && !open,
                  owed: beneath.filter((alarm) => owesAcknowledgement[alarm.state]).length,
                  debts: debts.length,
                  latched: waiting.length,
                  worst: worst(beneath),
                  open,
                  onToggle: () => toggle(leader.key),
                  onAcknowledge: () => send({ what: 'acknowledge' }, owesAcknowledgement[leader.state] ? [leader, ...debts] : debts),
                  onReset: () => send({ what: 'reset' }, waitsForReset(leader) ? [leader, ...waiting] : waiting),
                };
                return (
                  <Fragment key={leader.key}>
                    {row(leader, group)}
                    {seen.map((alarm) => row(alarm, undefined, true))}
                  </Fragment>
                );
              })}
            </Table.Tbody>
          </Table>
        </div>
        {shown.length === 0 ? <Empty>{emptyText(complete, list.length)}</Empty> : null}
      </Panel>
      <p className={classes['keys']}>Keys: <kbd>↑</kbd> <kbd>↓</kbd> next alarm, <kbd>A</kbd> acknowledge, <kbd>S</kbd> shelve, <kbd>Enter</kbd> open, again: go into it, <kbd>→</kbd> <kbd>←</kbd> open and close a group.</p>
      {unable ? <p role="status" className={classes['unable']}>{unable}</p> : null}
      <OrderDialog question={question} onClose={() => setQuestion(null)} onSend={send} />
    </>
  );
}

interface SortedProps {
  /** The order that a click on the heading asks for. */
  by: ListOrder;
  /** How the list is ordered by this column now; by default ascending when it is the order asked for. */
  now?: 'ascending' | 'descending' | 'none';
  filter: Filter;
  onFilter: (filter: Filter) => void;
  className?: string | undefined;
  children: string;
}

const arrows = { ascending: ' ▴', descending: ' ▾', none: '' } as const;

/** The heading of a column by which the list can be ordered. */
function Sorted({ by, now, filter, onFilter, className, children }: SortedProps) {
  const order = now ?? (filter.order === by ? 'ascending' : 'none');
  return (
    <Table.Th className={className} aria-sort={order}>
      <button type="button" className={classes['heading']} title={listOrders[by]} onClick={() => onFilter({ ...filter, order: by })}>
        {children}<span aria-hidden="true">{arrows[order]}</span>
      </button>
    </Table.Th>
  );
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** "No alarms" is a claim; it is made only once the list is complete. */
function emptyText(complete: boolean, total: number): string {
  if (!complete) return 'The alarm list is being read…';
  return total === 0 ? 'No alarms.' : 'No alarm matches the filter.';
}

function useFilter(): [Filter, (filter: Filter) => void] {
  const [search, setSearch] = useSearchParams();
  const [state, order] = [search.get('state'), search.get('order')];
  const filter: Filter = {
    severity: search.get('severity'), unit: search.get('unit'), text: search.get('text') ?? '', owed: search.get('owed') === 'yes',
    state: isListed(state) ? state : null, order: isListOrder(order) ? order : 'newest',
  };
  const set = (next: Filter) => {
    const params = new URLSearchParams(search);
    const entries = { severity: next.severity, unit: next.unit, text: next.text || null, owed: next.owed ? 'yes' : null, state: next.state, order: next.order === 'newest' ? null : next.order };
    for (const [name, value] of Object.entries(entries)) if (value) params.set(name, value); else params.delete(name);
    setSearch(params, { replace: true });
  };
  return [filter, set];
}

function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const { units } = usePlant();
  return (
    <Group gap="xs" className={classes['filters']}>
      <Select size="xs" w={140} clearable aria-label="Severity" placeholder="Any severity" value={filter.severity} onChange={(severity) => onFilter({ ...filter, severity })} data={severityOrder.map((s) => ({ value: s, label: severities[s].name }))} />
      <Select size="xs" w={140} clearable aria-label="Unit" placeholder="Any unit" value={filter.unit} onChange={(unit) => onFilter({ ...filter, unit })} data={units.map((u) => ({ value: u.key, label: u.name }))} />
      <Select size="xs" w={170} clearable aria-label="State" placeholder="Any state" value={filter.state} onChange={(state) => onFilter({ ...filter, state: isListed(state) ? state : null })} data={listedStates.map((s) => ({ value: s, label: alarmStates[s].name }))} />
      <Select size="xs" w={160} aria-label="Order" value={filter.order} allowDeselect={false} onChange={(order) => isListOrder(order) && onFilter({ ...filter, order })} data={Object.entries(listOrders).map(([value, label]) => ({ value, label }))} />
      <Words label="Search" placeholder="Search" width={150} value={filter.text} onSay={(text) => onFilter({ ...filter, text })} />
      <Checkbox size="xs" label="Unacknowledged only" checked={filter.owed} onChange={(e) => onFilter({ ...filter, owed: e.currentTarget.checked })} />
    </Group>
  );
}

export function Refusals({ refusals, retry, onClose }: { refusals: readonly string[]; retry: (() => void) | null; onClose: () => void }) {
  if (refusals.length === 0) return null;
  return (
    <Alert color="red" variant="light" mb="sm" role="alert" title="Not done" withCloseButton closeButtonLabel="Dismiss" onClose={onClose}>
      {refusals.map((text) => <div key={text}>{text}</div>)}
      {retry ? <Button mt="xs" size="xs" variant="default" onClick={retry}>Try again</Button> : null}
    </Alert>
  );
}
