import type { AlarmPartsFragment, AlarmState, Severity } from '@/api/generated/graphql';

export type Alarm = AlarmPartsFragment;

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

/** Which states flash with sound; a return to normal only flashes. */
export const sounds: Record<AlarmState, boolean> = {
  NORMAL: false,
  UNACKNOWLEDGED: true,
  ACKNOWLEDGED: false,
  RTN_UNACKNOWLEDGED: false,
  LATCHED_UNACKNOWLEDGED: true,
  LATCHED_ACKNOWLEDGED: false,
  SHELVED: false,
  SUPPRESSED: false,
  OUT_OF_SERVICE: false,
};

export const rank: Record<Severity, number> = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 };

export type PutAside = 'SHELVED' | 'SUPPRESSED' | 'OUT_OF_SERVICE';

/** Whether a state has a list of its own, beside the alarm list. */
export function isPutAside(state: AlarmState): state is PutAside {
  return state === 'SHELVED' || state === 'SUPPRESSED' || state === 'OUT_OF_SERVICE';
}

/** The alarm that stands while more alarms come than anybody can attend to. */
export const floodKey = 'SYSTEM/ALARM_FLOOD';

type Shown = Pick<Alarm, 'annunciatedAt' | 'group'>;

/** An alarm is never changed, but replaced: a time that was read once is read for good. */
const shownTimes = new WeakMap<Shown, number>();

/** When it came into view, ms: sounded, or silently into a group; 0 when neither. */
export function shownSince(alarm: Shown): number {
  const known = shownTimes.get(alarm);
  if (known !== undefined) return known;
  const { annunciatedAt, group } = alarm;
  const since = Math.max(annunciatedAt ? Date.parse(annunciatedAt) : 0, group ? Date.parse(group.since) : 0);
  shownTimes.set(alarm, since);
  return since;
}

/** Whether an alarm has called somebody by itself; a member of a group came silently, unless it is critical or called before. */
export function calls({ group }: Pick<Alarm, 'group'>): boolean {
  return !group?.silent;
}

const byKey = (a: Alarm, b: Alarm) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** The order of the list: newest annunciation first; among equals the severer, then by key, so that rows never jump. */
export function byAnnunciation(a: Alarm, b: Alarm): number {
  return shownSince(b) - shownSince(a) || rank[b.severity] - rank[a.severity] || byKey(a, b);
}

const { compare: compareTitles } = new Intl.Collator();

export function byTitle(a: Alarm, b: Alarm): number {
  return compareTitles(a.title, b.title) || byKey(a, b);
}

/** The severest first; among equals by title. */
export function bySeverity(a: Alarm, b: Alarm): number {
  return rank[b.severity] - rank[a.severity] || byTitle(a, b);
}

export function worst(alarms: readonly Alarm[]): Severity | null {
  return alarms.reduce<Severity | null>((found, { severity }) => (found === null || rank[severity] > rank[found] ? severity : found), null);
}

export interface AlarmGroup {
  leader: Alarm;
  members: readonly Alarm[];
}

const nobody: readonly Alarm[] = [];

/**
 * Each alarm with those that stand beneath it. Who has lost its leader, or waits only for its turn, stands by itself. A group
 * stands where the first of it stands that calls: a critical member takes its leader along to the top.
 */
export function groupsOf(list: readonly Alarm[]): AlarmGroup[] {
  const standsAlone = ({ key, group }: Alarm) => group === null || group.leaderKey === key;
  const wanted = new Set<string>();
  for (const alarm of list) if (!standsAlone(alarm)) wanted.add(alarm.group?.leaderKey ?? '');
  const known = new Map<string, Alarm>();
  if (wanted.size > 0) for (const alarm of list) if (wanted.has(alarm.key)) known.set(alarm.key, alarm);
  const leaderOf = (alarm: Alarm) => {
    const leader = standsAlone(alarm) ? undefined : known.get(alarm.group?.leaderKey ?? '');
    return leader && leader.occurrenceId === alarm.group?.occurrenceId && standsAlone(leader) ? leader : undefined;
  };
  const members = new Map<string, Alarm[]>();
  const leaders = new Set<Alarm>();
  for (const alarm of list) {
    const leader = leaderOf(alarm);
    if (leader) {
      const beneath = members.get(leader.key);
      if (beneath) beneath.push(alarm);
      else members.set(leader.key, [alarm]);
    }
    if (!leader) leaders.add(alarm);
    else if (calls(alarm) && owesAcknowledgement[alarm.state]) leaders.add(leader);
  }
  return Array.from(leaders, (leader) => ({ leader, members: members.get(leader.key) ?? nobody }));
}
