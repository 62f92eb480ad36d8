import { create } from 'zustand';

import type { AlarmEventsSubscription, AlarmPartsFragment, AlarmState, Severity } from '@/api/generated/graphql';

export type AlarmItem = AlarmEventsSubscription['alarmEvents'];
export type Alarm = AlarmPartsFragment;
type AlarmSnapshot = Extract<AlarmItem, { __typename: 'AlarmSnapshot' }>;

/** Which states stand in the alarm list (ISA-18.2: shelved, suppressed and out of service have lists of their own). */
export const inAlarmList: Record<AlarmState, boolean> = {
  NORMAL: false,
  UNACKNOWLEDGED: true,
  ACKNOWLEDGED: true,
  RTN_UNACKNOWLEDGED: true,
  LATCHED_UNACKNOWLEDGED: true,
  LATCHED_ACKNOWLEDGED: true,
  SHELVED: false,
  SUPPRESSED: false,
  OUT_OF_SERVICE: false,
};

export const owesAcknowledgement: Record<AlarmState, boolean> = {
  NORMAL: false,
  UNACKNOWLEDGED: true,
  ACKNOWLEDGED: false,
  RTN_UNACKNOWLEDGED: true,
  LATCHED_UNACKNOWLEDGED: true,
  LATCHED_ACKNOWLEDGED: false,
  SHELVED: false,
  SUPPRESSED: false,
  OUT_OF_SERVICE: false,
};

const rank: Record<Severity, number> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 };

export interface AlarmSummary {
  bySeverity: Record<Severity, { total: number; unacknowledged: number }>;
  total: number;
  unacknowledged: number;
}

export type PutAside = 'SHELVED' | 'SUPPRESSED' | 'OUT_OF_SERVICE';

/** Whether a state has a list of its own, beside the alarm list. */
export function isPutAside(state: AlarmState): state is PutAside {
  return state === 'SHELVED' || state === 'SUPPRESSED' || state === 'OUT_OF_SERVICE';
}

interface AlarmsState {
  /** In order of annunciation, newest first. */
  list: readonly Alarm[];
  /** Shelved, suppressed and out of service, by title. */
  aside: readonly Alarm[];
  summary: AlarmSummary;
  /** Parts of a list that have come, while others are still to come. */
  coming: readonly Alarm[];
  /** False until the first snapshot, and after a Discontinuity until the next: then the list may lack something. */
  complete: boolean;
}

const nothing: AlarmSummary = summarise([]);

export const useAlarms = create<AlarmsState>(() => ({ list: [], aside: [], summary: nothing, coming: [], complete: false }));

export function summarise(list: readonly Alarm[]): AlarmSummary {
  const bySeverity: AlarmSummary['bySeverity'] = {
    CRITICAL: { total: 0, unacknowledged: 0 },
    HIGH: { total: 0, unacknowledged: 0 },
    MEDIUM: { total: 0, unacknowledged: 0 },
    LOW: { total: 0, unacknowledged: 0 },
  };
  let unacknowledged = 0;
  for (const alarm of list) {
    const owed = owesAcknowledgement[alarm.state] ? 1 : 0;
    bySeverity[alarm.severity].total += 1;
    bySeverity[alarm.severity].unacknowledged += owed;
    unacknowledged += owed;
  }
  return { bySeverity, total: list.length, unacknowledged };
}

/** The alarm that stands while more alarms come than anybody can attend to. */
export const floodKey = 'SYSTEM/ALARM_FLOOD';

/** When it came into view: sounded, or silently into a group. */
export function shownSince({ annunciatedAt, group }: Pick<Alarm, 'annunciatedAt' | 'group'>): number {
  return Math.max(annunciatedAt ? Date.parse(annunciatedAt) : 0, group ? Date.parse(group.since) : 0);
}

export interface AlarmGroup {
  leader: Alarm;
  members: readonly Alarm[];
}

/** Whether an alarm has called somebody by itself; a member of a group came silently, unless it is critical or called before. */
export function calls({ group }: Pick<Alarm, 'group'>): boolean {
  return !group?.silent;
}

/** What to look at first, of those that nobody has acknowledged: who calls before who came silently, then the severest, then the newest. */
export function firstOwed(list: readonly Alarm[]): Alarm | undefined {
  const before = (a: Alarm, b: Alarm) => Number(calls(b)) - Number(calls(a)) || rank[b.severity] - rank[a.severity] || shownSince(b) - shownSince(a);
  return list.filter(({ state }) => owesAcknowledgement[state]).sort(before)[0];
}

/**
 * Each alarm with those that stand beneath it. Who has lost its leader, or waits only for its turn, stands by itself. A group
 * stands where the first of it stands that calls: a critical member takes its leader along to the top.
 */
export function groupsOf(list: readonly Alarm[]): AlarmGroup[] {
  const byKey = new Map(list.map((alarm) => [alarm.key, alarm]));
  const standsAlone = ({ key, group }: Alarm) => group === null || group.leaderKey === key;
  const leaderOf = (alarm: Alarm) => {
    const leader = standsAlone(alarm) ? undefined : byKey.get(alarm.group?.leaderKey ?? '');
    return leader && leader.occurrenceId === alarm.group?.occurrenceId && standsAlone(leader) ? leader : undefined;
  };
  const members = new Map<string, Alarm[]>();
  const leaders = new Set<Alarm>();
  for (const alarm of list) {
    const leader = leaderOf(alarm);
    if (leader) members.set(leader.key, [...(members.get(leader.key) ?? []), alarm]);
    if (!leader) leaders.add(alarm);
    else if (calls(alarm) && owesAcknowledgement[alarm.state]) leaders.add(leader);
  }
  return [...leaders].map((leader) => ({ leader, members: members.get(leader.key) ?? [] }));
}

/** The order of the list: newest annunciation first; among equals the severer, then by key, so that rows never jump. */
export function byAnnunciation(a: Alarm, b: Alarm): number {
  return shownSince(b) - shownSince(a) || rank[b.severity] - rank[a.severity] || a.key.localeCompare(b.key);
}

/** The severest first; among equals by title. */
export function bySeverity(a: Alarm, b: Alarm): number {
  return rank[b.severity] - rank[a.severity] || byTitle(a, b);
}

export function worst(alarms: readonly Alarm[]): Severity | null {
  return alarms.reduce<Severity | null>((found, { severity }) => (found === null || rank[severity] > rank[found] ? severity : found), null);
}

function without(list: readonly Alarm[], { key }: Alarm): readonly Alarm[] {
  return list.some((known) => known.key === key) ? list.filter((known) => known.key !== key) : list;
}

function withAlarm(before: AlarmsState, alarm: Alarm): AlarmsState {
  const [list, aside] = [without(before.list, alarm), without(before.aside, alarm)];
  return {
    ...before,
    ...(inAlarmList[alarm.state] ? listed([...list, alarm]) : listed(list)),
    aside: isPutAside(alarm.state) ? [...aside, alarm].sort(byTitle) : aside,
  };
}

function listed(alarms: readonly Alarm[]): Pick<AlarmsState, 'list' | 'summary'> {
  const list = [...alarms].sort(byAnnunciation);
  return { list, summary: summarise(list) };
}

function byTitle(a: Alarm, b: Alarm): number {
  return a.title.localeCompare(b.title) || a.key.localeCompare(b.key);
}

function take(before: AlarmsState, item: AlarmItem): AlarmsState {
  switch (item.__typename) {
    case 'Discontinuity':
      return { ...before, complete: false };
    case 'AlarmSnapshot':
      return withPart(before, item);
    case 'AlarmEvent':
      return withAlarm(before, item.alarm);
  }
}

/** A list in parts replaces what was known once it is whole, so that nobody looks at half of it. */
function withPart(before: AlarmsState, { part, parts, alarms }: AlarmSnapshot): AlarmsState {
  const all = part === 1 ? alarms : [...before.coming, ...alarms];
  if (part < parts) return { ...before, coming: all };
  return {
    ...listed(all.filter((alarm) => inAlarmList[alarm.state])),
    aside: all.filter((alarm) => isPutAside(alarm.state)).sort(byTitle),
    coming: [],
    complete: true,
  };
}

/** Applies items in order; several in one go when they came in one frame. None is ever left out. */
export function takeAlarms(items: readonly AlarmItem[]): void {
  useAlarms.setState((before) => items.reduce(take, before));
}

/** What an answer to an order says, so that the row need not wait for the stream. */
export function takeAlarmNow(alarm: Alarm): void {
  useAlarms.setState((before) => withAlarm(before, alarm));
}

export function forgetAlarms(): void {
  useAlarms.setState({ list: [], aside: [], summary: nothing, coming: [], complete: false });
}
