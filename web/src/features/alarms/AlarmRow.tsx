import { Checkbox, Group, Table } from '@mantine/core';

import type { Severity } from '@/api/generated/graphql';
import type { Permission } from '@/api/use-permission';
import { formatAge, formatRecent, formatStatistic, formatTag, formatTime, formatValue } from '@/lib/format';
import { owesAcknowledgement, shownSince, type Alarm } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { alarmStates, QualityMark, SeverityMark } from '@/ui/marks';

import classes from './alarms.module.css';

interface Props {
  alarm: Alarm;
  now: number;
  permission: Permission;
  resetting: Permission;
  selected: boolean;
  busy: boolean;
  onSelect: (on: boolean) => void;
  onOpen: () => void;
  onAcknowledge: () => void;
  onReset: () => void;
  /**
   * What stands beneath it and is hidden while the group is closed: how many, beside others that are seen (`more`), and the
   * worst of them. `debts` counts all that owe an acknowledgement, seen or not, `latched` those beneath it that wait for a reset.
   */
  group?: { size: number; more: boolean; owed: number; debts: number; latched: number; worst: Severity | null; open: boolean; onToggle: () => void; onAcknowledge: () => void; onReset: () => void };
  member?: boolean;
}

/** A number of an alarm in its unit: that of its tag, unless a rate is by the minute; a detector's statistic has none. */
export function alarmNumber(value: number | null, tag: { resolution: number; unitOfMeasure: string } | null, unit?: string | null): string {
  if (value === null) return '–';
  return tag ? `${formatValue(value, tag.resolution)} ${unit ?? tag.unitOfMeasure}` : formatStatistic(value);
}

export function AlarmRow({ alarm, now, permission, resetting, selected, busy, onSelect, onOpen, onAcknowledge, onReset, group, member = false }: Props) {
  const { name, explanation, flashes } = alarmStates[alarm.state];
  const owed = owesAcknowledgement[alarm.state];
  const shown = shownSince(alarm);
  return (
    <Table.Tr className={classes['row']} data-owed={owed || undefined} data-alarm={alarm.key} data-member={member || undefined} tabIndex={-1}>
      <Table.Td><Checkbox size="xs" checked={selected} onChange={(e) => onSelect(e.currentTarget.checked)} aria-label={`Select ${alarm.title}`} /></Table.Td>
      <Table.Td className={classes['severity']}><SeverityMark severity={alarm.severity} withName flashing={flashes} /></Table.Td>
      <Table.Td>
        <button type="button" className={classes['title']} onClick={onOpen}>{alarm.title}</button>
        {alarm.firstOut ? <span className={classes['firstOut']} title="It came first of its group: look here for the cause">first out</span> : null}
        <div className={classes['dim']}>{alarm.tag ? formatTag(alarm.tag.key) : (alarm.detector?.name ?? alarm.key)}{alarm.group?.silent ? ' · without sound' : ''}</div>
        {group && group.size > 0 ? (
          <button type="button" className={classes['group']} aria-expanded={group.open} onClick={group.onToggle}>
            {group.open ? '▾' : '▸'} {group.worst && !group.open ? <SeverityMark severity={group.worst} size={14} /> : null} {group.size} {group.more ? 'more ' : ''}{group.size === 1 ? 'alarm' : 'alarms'} that may follow from it{group.owed > 0 ? `, ${group.owed} unacknowledged` : ''}{group.latched > 0 ? `, ${group.latched} to reset` : ''}
          </button>
        ) : null}
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
          {owed ? <GuardedButton size="compact-sm" variant="default" permission={permission} disabled={busy} onClick={onAcknowledge}>Acknowledge</GuardedButton> : null}
          {alarm.state === 'LATCHED_ACKNOWLEDGED' ? <GuardedButton size="compact-sm" variant="default" permission={resetting} disabled={busy} onClick={onReset}>Reset</GuardedButton> : null}
          {group && group.latched > 0 ? <GuardedButton size="compact-sm" variant="default" permission={resetting} disabled={busy} onClick={group.onReset}>Reset group ({group.latched + (alarm.state === 'LATCHED_ACKNOWLEDGED' ? 1 : 0)})</GuardedButton> : null}
          {group && group.debts > 0 ? <GuardedButton size="compact-sm" variant="default" permission={permission} disabled={busy} onClick={group.onAcknowledge}>Acknowledge group ({group.debts + (owed ? 1 : 0)})</GuardedButton> : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
