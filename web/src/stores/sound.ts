import { create } from 'zustand';

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
