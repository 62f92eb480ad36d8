import type { AlarmEventsSubscription, Severity } from '@/api/generated/graphql';
import { exchanged } from '@/lib/sorted';

import { byAnnunciation, byTitle, calls, inAlarmList, isPutAside, owesAcknowledgement, rank, shownSince, sounds, type Alarm, type PutAside } from './alarm-rules';
import { Standing } from './standing';

export type AlarmItem = AlarmEventsSubscription['alarmEvents'];
type AlarmSnapshot = Extract<AlarmItem, { __typename: 'AlarmSnapshot' }>;

const critical = rank.CRITICAL;

/** What is looked at before others: who calls before who came silently, then the severest. */
function urgency(alarm: Alarm): number {
  return (calls(alarm) ? critical + 1 : 0) + rank[alarm.severity];
}

/**
 * The alarms as they stand, with everything that is counted of them. Tens of thousands may stand and hundreds change in a
 * second: of a change only what changes is touched, and what was handed out is never changed.
 */
export class AlarmBook {
  /** In order of annunciation, newest first. */
  list: readonly Alarm[] = [];
  /** Shelved, suppressed and out of service, by title. */
  aside: readonly Alarm[] = [];
  /** Everybody of both. */
  readonly known = new Map<string, Alarm>();
  readonly plant = new Standing();
  readonly units = new Map<string, Standing>();
  readonly tags = new Map<string, Standing>();
  readonly sounding = new Standing();
  readonly putAside: Record<PutAside, number> = { SHELVED: 0, SUPPRESSED: 0, OUT_OF_SERVICE: 0 };
  /** False until the first list is whole, and after a break until the next. */
  complete = false;
  /** Parts of a list that have come, while others are still to come. */
  private coming: Alarm[] = [];

  /** Takes items in their order; of an alarm that changes more than once only the last is looked at. */
  take(items: readonly AlarmItem[]): void {
    const changes = new Map<string, Alarm>();
    for (const item of items) {
      switch (item.__typename) {
        case 'Discontinuity': this.complete = false; break;
        case 'AlarmEvent': changes.set(item.alarm.key, item.alarm); break;
        case 'AlarmSnapshot': if (this.isWhole(item)) changes.clear(); break;
      }
    }
    this.change([...changes.values()]);
  }

  /** Puts each in the place of what was known of it; each may be there once. */
  change(alarms: readonly Alarm[]): void {
    const [gone, come, asideGone, asideCome]: [Alarm[], Alarm[], Alarm[], Alarm[]] = [[], [], [], []];
    for (const alarm of alarms) {
      const before = this.known.get(alarm.key);
      if (before) {
        (inAlarmList[before.state] ? gone : asideGone).push(before);
        this.count(before, -1);
      }
      const [listed, aside] = [inAlarmList[alarm.state], isPutAside(alarm.state)];
      if (listed) come.push(alarm);
      if (aside) asideCome.push(alarm);
      if (listed || aside) this.known.set(alarm.key, alarm);
      else this.known.delete(alarm.key);
      this.count(alarm, 1);
    }
    this.list = exchanged(this.list, gone, come, byAnnunciation);
    this.aside = exchanged(this.aside, asideGone, asideCome, byTitle);
  }

  /** What to look at first, of those that nobody has acknowledged: who calls before who came silently, then the severest, then the newest. */
  first(): Alarm | undefined {
    let [found, most]: [Alarm | undefined, number] = [undefined, -1];
    // The newest stand first, so among equals the first is the newest.
    for (const alarm of this.list) {
      if (!owesAcknowledgement[alarm.state] || urgency(alarm) <= most) continue;
      [found, most] = [alarm, urgency(alarm)];
      if (most > 2 * critical) break;
    }
    return found;
  }

  /** When somebody was called last, ms, of those that stand in the list; 0 when nobody was. */
  lastCall(): number {
    let last = 0;
    for (const alarm of this.list) {
      // Whoever follows was shown, and so called, no later.
      if (shownSince(alarm) <= last) break;
      if (calls(alarm) && alarm.annunciatedAt) last = Math.max(last, Date.parse(alarm.annunciatedAt));
    }
    return last;
  }

  /** For whom it sounds: the worst alarm that flashes with sound; a member of a group is silent. */
  soundingSeverity(): Severity | null {
    return this.sounding.worst;
  }

  /** A list in parts replaces what was known once it is whole, so that nobody looks at half of it. */
  private isWhole({ part, parts, alarms }: AlarmSnapshot): boolean {
    if (part === 1) this.coming = [];
    for (const alarm of alarms) this.coming.push(alarm);
    if (part < parts) return false;
    // Of an alarm that is there twice the later holds.
    const whole = new Map(this.coming.map((alarm) => [alarm.key, alarm]));
    this.coming = [];
    this.complete = true;
    const leave = [...this.known.values()].filter(({ key }) => !whole.has(key)).map((alarm) => ({ ...alarm, state: 'NORMAL' as const }));
    this.change([...leave, ...whole.values()]);
    return true;
  }

  private count(alarm: Alarm, by: 1 | -1): void {
    if (isPutAside(alarm.state)) this.putAside[alarm.state] += by;
    if (!inAlarmList[alarm.state]) return;
    this.plant.count(alarm, by);
    if (sounds[alarm.state] && calls(alarm)) this.sounding.count(alarm, by);
    countIn(this.units, alarm.unit?.key, alarm, by);
    countIn(this.tags, alarm.tag?.key, alarm, by);
  }
}

function countIn(standings: Map<string, Standing>, key: string | undefined, alarm: Alarm, by: 1 | -1): void {
  if (key === undefined) return;
  let standing = standings.get(key);
  if (!standing) standings.set(key, (standing = new Standing()));
  standing.count(alarm, by);
  if (standing.total === 0) standings.delete(key);
}
