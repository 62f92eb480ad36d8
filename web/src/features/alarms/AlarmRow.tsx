import { Checkbox, Group, Table } from '@mantine/core';
import { memo } from 'react';

import type { Permission } from '@/api/use-permission';
import { formatAge, formatRecent, formatStatistic, formatTag, formatTime, formatValue } from '@/lib/format';
import { owesAcknowledgement, shownSince, worst, type Alarm } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { alarmStates, QualityMark, SeverityMark } from '@/ui/marks';

import classes from './alarms.module.css';
import type { AlarmOrder } from './use-alarm-order';

/** What stands beneath a leader: everybody, whether they are open to see, and who is seen anyhow. */
export interface Beneath {
  members: readonly Alarm[];
  open: boolean;
  seen: readonly Alarm[];
}

/** What a row asks for; one for all rows, so that a row is drawn anew only when it has changed. */
export interface RowOrders {
  select: (keys: readonly string[], on: boolean) => void;
  open: (key: string) => void;
  send: (order: AlarmOrder, alarms: readonly Alarm[]) => void;
  toggle: (key: string) => void;
}

interface Props {
  alarm: Alarm;
  now: number;
  permission: Permission;
  resetting: Permission;
  selected: boolean;
  busy: boolean;
  orders: RowOrders;
  beneath: Beneath | null;
  member: boolean;
}

/** Over, latched and acknowledged: only a reset takes it from the list. */
export function waitsForReset({ state }: Alarm): boolean {
  return state === 'LATCHED_ACKNOWLEDGED';
}

const owes = ({ state }: Alarm) => owesAcknowledgement[state];

/** A number of an alarm in its unit: that of its tag, unless a rate is by the minute; a detector's statistic has none. */
export function alarmNumber(value: number | null, tag: { resolution: number; unitOfMeasure: string } | null, unit?: string | null): string {
  if (value === null) return '–';
  return tag ? `${formatValue(value, tag.resolution)} ${unit ?? tag.unitOfMeasure}` : formatStatistic(value);
}

export const AlarmRow = memo(function AlarmRow({ alarm, now, permission, resetting, selected, busy, orders, beneath, member }: Props) {
  const { name, explanation, flashes } = alarmStates[alarm.state];
  const owed = owes(alarm);
  const shown = shownSince(alarm);
  const debts = beneath?.members.filter(owes) ?? [];
  const latched = beneath?.members.filter(waitsForReset) ?? [];
  return (
    <Table.Tr className={classes['row']} data-owed={owed || undefined} data-alarm={alarm.key} data-member={member || undefined} tabIndex={-1}>
      <Table.Td><Checkbox size="xs" checked={selected} onChange={(e) => orders.select([alarm.key], e.currentTarget.checked)} aria-label={`Select ${alarm.title}`} /></Table.Td>
      <Table.Td className={classes['severity']}><SeverityMark severity={alarm.severity} withName flashing={flashes} /></Table.Td>
      <Table.Td>
        <button type="button" className={classes['title']} onClick={() => orders.open(alarm.key)}>{alarm.title}</button>
        {alarm.firstOut ? <span className={classes['firstOut']} title="It came first of its group: look here for the cause">first out</span> : null}
        <div className={classes['dim']}>{alarm.tag ? formatTag(alarm.tag.key) : (alarm.detector?.name ?? alarm.key)}{alarm.group?.silent ? ' · without sound' : ''}</div>
        {beneath ? <GroupButton beneath={beneath} latched={latched.length} onToggle={() => orders.toggle(alarm.key)} /> : null}
      </Table.Td>
      <Table.Td title={explanation}>
        <span className={classes['state']} data-owed={owed || undefined}>{name}</span>
        <QualityMark quality={alarm.quality} />
        {alarm.acknowledgedBy ? <div className={classes['dim']}>by {alarm.acknowledgedBy}</div> : null}
        {alarm.assignedTo ? <div className={classes['dim']}>assigned to {alarm.assignedTo}</div> : null}
      </Table.Td>
      <Table.Td className={classes['wide']}>{alarm.unit?.name ?? 'Plant'}</Table.Td>
      <Table.Td className={`${classes['number']} ${classes['bulky']}`}>
        {alarmNumber(alarm.value, alarm.tag, alarm.valueUnit)}
        <div className={classes['dim']} title="Limit">{alarmNumber(alarm.limit, alarm.tag, alarm.valueUnit)}</div>
      </Table.Td>
      <Table.Td className={`tep-number ${classes['bulky']}`}>
        {shown > 0 ? formatAge(now - shown) : '–'}
        <div className={`${classes['dim']} ${classes['wide']}`} title={`${alarm.group?.silent ? 'Came into its group' : 'Annunciated'} ${formatTime(shown > 0 ? shown : null)}`}>{formatRecent(shown > 0 ? shown : null, now)}</div>
      </Table.Td>
      <Table.Td ta="right">
        <Group gap={4} justify="flex-end">
          {owed ? <GuardedButton size="compact-sm" variant="default" permission={permission} disabled={busy} onClick={() => orders.send({ what: 'acknowledge' }, [alarm])}>Acknowledge</GuardedButton> : null}
          {waitsForReset(alarm) ? <GuardedButton size="compact-sm" variant="default" permission={resetting} disabled={busy} onClick={() => orders.send({ what: 'reset' }, [alarm])}>Reset</GuardedButton> : null}
          {latched.length > 0 ? <GuardedButton size="compact-sm" variant="default" permission={resetting} disabled={busy} onClick={() => orders.send({ what: 'reset' }, waitsForReset(alarm) ? [alarm, ...latched] : latched)}>Reset group ({latched.length + (waitsForReset(alarm) ? 1 : 0)})</GuardedButton> : null}
          {debts.length > 0 ? <GuardedButton size="compact-sm" variant="default" permission={permission} disabled={busy} onClick={() => orders.send({ what: 'acknowledge' }, owed ? [alarm, ...debts] : debts)}>Acknowledge group ({debts.length + (owed ? 1 : 0)})</GuardedButton> : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
});

/** What stands beneath a leader and is hidden while the group is closed: how many, beside others that are seen, and the worst of them. */
function GroupButton({ beneath: { members, open, seen }, latched, onToggle }: { beneath: Beneath; latched: number; onToggle: () => void }) {
  const hidden = open ? members : members.filter((alarm) => !seen.includes(alarm));
  if (hidden.length === 0) return null;
  const owed = hidden.filter(owes).length;
  const severity = worst(hidden);
  return (
    <button type="button" className={classes['group']} aria-expanded={open} onClick={onToggle}>
      {open ? '▾' : '▸'} {severity && !open ? <SeverityMark severity={severity} size={14} /> : null} {hidden.length} {seen.length > 0 && !open ? 'more ' : ''}{hidden.length === 1 ? 'alarm' : 'alarms'} that may follow from it{owed > 0 ? `, ${owed} unacknowledged` : ''}{latched > 0 ? `, ${latched} to reset` : ''}
    </button>
  );
}
