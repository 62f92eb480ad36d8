import { Checkbox, Group, Table } from '@mantine/core';
import { useCallback, useMemo, useRef, useState } from 'react';

import { usePermission } from '@/api/use-permission';
import { useNow } from '@/lib/use-now';
import { calls, groupsOf, owesAcknowledgement, useAlarms, type Alarm } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { Empty, Panel } from '@/ui/page';

import { AlarmRow, waitsForReset, type Beneath } from './AlarmRow';
import classes from './alarms.module.css';
import { Filters } from './Filters';
import { KeepPlace } from './KeepPlace';
import { matching, useFilter, type Filter } from './list-filter';
import { NewerAbove } from './NewerAbove';
import { listOrders, ordered, type ListOrder } from './order';
import { OrderDialog, type Question } from './OrderDialog';
import { Refusals } from './Refusals';
import { useAlarmKeys } from './use-alarm-keys';
import { useAlarmOrder, type AlarmOrder } from './use-alarm-order';
import { partsOf, useRowNumbers, useRowsInView } from './use-rows-in-view';

/** One row: an alarm, what stands beneath it when it leads a group, and whether it stands beneath another. */
interface Line {
  alarm: Alarm;
  beneath: Beneath | null;
  member: boolean;
}

/**
 * The rows in the order in which they are drawn, so that the keys go from row to row. A closed group hides who came silently.
 * Who calls is never hidden: somebody hears it and looks for it.
 */
function linesOf(found: readonly Alarm[], opened: ReadonlySet<string>): Line[] {
  const lines: Line[] = [];
  for (const { leader, members } of groupsOf(found)) {
    const open = opened.has(leader.key);
    const seen = open ? members : members.filter((alarm) => calls(alarm) && owesAcknowledgement[alarm.state]);
    lines.push({ alarm: leader, beneath: members.length === 0 ? null : { members, open, seen }, member: false });
    for (const alarm of seen) lines.push({ alarm, beneath: null, member: true });
  }
  return lines;
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
  const body = useRef<HTMLTableSectionElement>(null);
  const head = useRef<HTMLDivElement>(null);

  // What a key could not do, and why; a button would have said it by itself.
  const [unable, setUnable] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const { severity, unit, text, owed: owedOnly, state, order } = filter;
  const found = useMemo(() => ordered(matching(list, { severity, unit, text, owed: owedOnly, state }), order), [list, severity, unit, text, owedOnly, state, order]);
  const lines = useMemo(() => linesOf(found, opened), [found, opened]);
  const owed = useMemo(() => found.filter((alarm) => owesAcknowledgement[alarm.state]), [found]);
  const picked = useMemo(() => (selected.size === 0 ? [] : found.filter((alarm) => selected.has(alarm.key))), [found, selected]);
  const chosen = picked.filter((alarm) => owesAcknowledgement[alarm.state]);
  const latched = picked.filter(waitsForReset);

  const { order: give, busy } = orders;
  const toggle = useCallback((key: string) => setOpened((before) => toggled(before, key)), []);
  const select = useCallback((keys: readonly string[], on: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      for (const key of keys) if (on) next.add(key); else next.delete(key);
      return next;
    }), []);
  const send = useCallback((what: AlarmOrder, alarms: readonly Alarm[]) => {
    void give(what, alarms);
    setSelected(new Set());
    setQuestion(null);
  }, [give]);
  const rowOrders = useMemo(() => ({ select, open: onOpen, send, toggle }), [select, onOpen, send, toggle]);

  const view = useRowsInView(lines, body);
  const keys = useAlarmKeys(lines, {
    acknowledge: (alarm) => {
      setUnable(permission.allowed ? null : permission.reason);
      if (permission.allowed && owesAcknowledgement[alarm.state]) send({ what: 'acknowledge' }, [alarm]);
    },
    shelve: (alarm) => {
      setUnable(shelving.allowed ? null : shelving.reason);
      if (shelving.allowed) setQuestion({ what: 'shelve', alarms: [alarm] });
    },
    open: (alarm) => onOpen(alarm.key),
    unfold: (alarm, open) => { if (lines.some((line) => line.alarm.key === alarm.key && line.beneath !== null && line.beneath.open !== open)) toggle(alarm.key); },
  });
  const drawn = partsOf(lines.length, view, keys.held);
  useRowNumbers(body, drawn);

  return (
    <>
      <Group mb="sm" gap="sm" justify="space-between">
        <Filters filter={filter} onFilter={setFilter} />
        <Group gap="xs" className={classes['bulk']} data-none={picked.length === 0 || undefined}>
          <GuardedButton permission={permission} disabled={chosen.length === 0 || busy} onClick={() => send({ what: 'acknowledge' }, chosen)}>
            Acknowledge selected ({chosen.length})
          </GuardedButton>
          <GuardedButton variant="default" permission={permission} disabled={chosen.length === 0 || busy} onClick={() => setQuestion({ what: 'acknowledge', alarms: chosen })}>
            With comment…
          </GuardedButton>
          <GuardedButton variant="default" permission={shelving} disabled={picked.length === 0 || busy} onClick={() => setQuestion({ what: 'shelve', alarms: picked })}>
            Shelve… ({picked.length})
          </GuardedButton>
          {latched.length > 0 ? <GuardedButton variant="default" permission={resetting} disabled={busy} onClick={() => send({ what: 'reset' }, latched)}>Reset selected ({latched.length})</GuardedButton> : null}
        </Group>
      </Group>
      <Refusals refusals={orders.refusals} retry={orders.retry} onClose={orders.forget} />
      {order === 'newest' ? <NewerAbove list={found} head={head} /> : null}
      <Panel flush label="Alarm list">
        <div ref={head} />
        <div className={classes['scroll']}>
          <Table highlightOnHover verticalSpacing={6} aria-label="Alarm list" aria-rowcount={lines.length + 1} className={`${classes['table']} ${classes['list']}`} onKeyDown={keys.onKeyDown} onFocus={keys.onFocus}>
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
            <Table.Tbody ref={body}>
              <KeepPlace body={body} of={JSON.stringify(filter)}>
                {drawn.flatMap(({ from, to, before }, part) => [
                  before > 0 ? <tr key={`before ${part}`} aria-hidden="true" className={classes['gap']} style={{ height: before * view.rowHeight }}><td colSpan={8} /></tr> : null,
                  ...lines.slice(from, to).map(({ alarm, beneath, member }) => (
                    <AlarmRow key={alarm.key} alarm={alarm} now={now} permission={permission} resetting={resetting} selected={selected.has(alarm.key)} busy={busy} orders={rowOrders} beneath={beneath} member={member} />
                  )),
                ])}
              </KeepPlace>
            </Table.Tbody>
          </Table>
        </div>
        {lines.length === 0 ? <Empty>{emptyText(complete, list.length)}</Empty> : null}
      </Panel>
      <p className={classes['keys']}>Keys: <kbd>↑</kbd> <kbd>↓</kbd> next alarm, <kbd>A</kbd> acknowledge, <kbd>S</kbd> shelve, <kbd>Home</kbd> <kbd>End</kbd> first and last, <kbd>Enter</kbd> open, again: go into it, <kbd>→</kbd> <kbd>←</kbd> open and close a group.</p>
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
