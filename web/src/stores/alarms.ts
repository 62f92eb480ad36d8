import { create } from 'zustand';

import type { Severity } from '@/api/generated/graphql';

import { AlarmBook, type AlarmItem } from './alarm-book';
import { floodKey, inAlarmList, type Alarm, type PutAside } from './alarm-rules';
import type { BySeverity, Standing } from './standing';

export type { AlarmItem } from './alarm-book';
export * from './alarm-rules';

export interface AlarmSummary {
  bySeverity: BySeverity;
  total: number;
  unacknowledged: number;
}

interface AlarmsState {
  /** In order of annunciation, newest first. */
  list: readonly Alarm[];
  /** Shelved, suppressed and out of service, by title. */
  aside: readonly Alarm[];
  /** How many are put aside in each way. */
  putAside: Readonly<Record<PutAside, number>>;
  summary: AlarmSummary;
  /** What to look at first, of those that nobody has acknowledged. */
  first: Alarm | undefined;
  /** Whether more alarms come than anybody can attend to. */
  flood: boolean;
  /** For whom it sounds. */
  sounding: Severity | null;
  /** When somebody was called last, ms; 0 when nobody was. */
  lastCall: number;
  /** False until the first snapshot, and after a Discontinuity until the next: then the list may lack something. */
  complete: boolean;
}

let book = new AlarmBook();

export const useAlarms = create<AlarmsState>(() => shown());

/** Everything that the pages look at, as it stands now. */
function shown(): AlarmsState {
  const { list, aside, complete, plant } = book;
  const flood = book.known.get(floodKey);
  return {
    list,
    aside,
    complete,
    putAside: { ...book.putAside },
    summary: { bySeverity: plant.bySeverity(), total: plant.total, unacknowledged: plant.unacknowledged },
    first: book.first(),
    flood: flood !== undefined && flood.active && inAlarmList[flood.state],
    sounding: book.soundingSeverity(),
    lastCall: book.lastCall(),
  };
}

/** An alarm of either list, by its key. Ask for it inside of a selector, as for everything here that is no state. */
export function alarmOf(key: string): Alarm | undefined {
  return book.known.get(key);
}

/** How many alarms of a unit stand in the list; undefined when none does. */
export function alarmsOfUnit(key: string): Readonly<Standing> | undefined {
  return book.units.get(key);
}

/** How many alarms of a tag stand in the list; undefined when none does. */
export function alarmsOfTag(key: string): Readonly<Standing> | undefined {
  return book.tags.get(key);
}

/** Applies items in order; several in one go when they came in one frame. None is ever left out. */
export function takeAlarms(items: readonly AlarmItem[]): void {
  book.take(items);
  useAlarms.setState(shown());
}

/** What an answer to an order says, so that the rows need not wait for the stream. */
export function takeAlarmsNow(alarms: readonly Alarm[]): void {
  book.change([...new Map(alarms.map((alarm) => [alarm.key, alarm])).values()]);
  useAlarms.setState(shown());
}

export function forgetAlarms(): void {
  book = new AlarmBook();
  useAlarms.setState(shown());
}
