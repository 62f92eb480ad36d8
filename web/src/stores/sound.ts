import { create } from 'zustand';

import type { Alarm } from './alarms';
import { calls, worst } from './alarms';
import type { Severity } from '@/api/generated/graphql';

const KEY = 'tep.muted';

interface SoundState {
  muted: boolean;
  /** The browser refuses to sound until somebody has touched the page. */
  blocked: boolean;
}

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === 'yes';
  } catch {
    return false;
  }
}

export const useSound = create<SoundState>(() => ({ muted: remembered(), blocked: false }));

export function setMuted(muted: boolean): void {
  try {
    localStorage.setItem(KEY, muted ? 'yes' : 'no');
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  useSound.setState({ muted });
}

export function setBlocked(blocked: boolean): void {
  if (useSound.getState().blocked !== blocked) useSound.setState({ blocked });
}

/** When somebody was called last, of those that stand in the list; 0 when nobody was. */
export function lastCall(list: readonly Alarm[]): number {
  return Math.max(0, ...list.filter(calls).map(({ annunciatedAt }) => (annunciatedAt ? Date.parse(annunciatedAt) : 0)));
}

/** For whom it sounds: the worst alarm that flashes with sound (a return to normal only flashes, a member of a group is silent). */
export function soundingSeverity(list: readonly Alarm[]): Severity | null {
  return worst(list.filter((alarm) => (alarm.state === 'UNACKNOWLEDGED' || alarm.state === 'LATCHED_UNACKNOWLEDGED') && calls(alarm)));
}
