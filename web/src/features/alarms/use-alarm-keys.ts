import { useCallback, useEffect, useRef, type KeyboardEvent } from 'react';

import type { Alarm } from '@/stores/alarms';

interface Keys {
  acknowledge: (alarm: Alarm) => void;
  shelve: (alarm: Alarm) => void;
  open: (alarm: Alarm) => void;
  /** Opens or closes the group that the alarm leads. */
  unfold: (alarm: Alarm, open: boolean) => void;
}

const rowOf = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('tr[data-alarm]') : null);
const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-alarm]')];

/** Whether the person is writing, so that a letter is a letter. */
function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"])'));
}

/** The list by keyboard: up and down from row to row, A acknowledges, S shelves, Enter opens; right and left open and close a group. */
export function useAlarmKeys(shown: readonly Alarm[], keys: Keys): (event: KeyboardEvent) => void {
  // Where the keys were last: a row that was shelved or is over leaves the list, and takes the focus with it.
  const last = useRef<number | null>(null);
  // With nothing in focus, an arrow takes hold of the row that stands there now, or of the first.
  useEffect(() => {
    const enter = (event: globalThis.KeyboardEvent) => {
      if (document.activeElement !== document.body || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
      const all = rows();
      (event.key === 'ArrowDown' ? all[Math.min(last.current ?? 0, all.length - 1)] : all.at(last.current === null ? -1 : Math.max(0, last.current - 1)))?.focus();
      event.preventDefault();
    };
    document.addEventListener('keydown', enter);
    return () => document.removeEventListener('keydown', enter);
  }, []);
  return useCallback(
    (event: KeyboardEvent) => {
      const row = rowOf(event.target);
      const alarm = shown.find(({ key }) => key === row?.dataset['alarm']);
      if (!row || !alarm || writes(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const all = rows();
      const at = all.indexOf(row);
      last.current = event.key === 'ArrowDown' ? Math.min(at + 1, all.length - 1) : event.key === 'ArrowUp' ? Math.max(at - 1, 0) : at;
      switch (event.key) {
        case 'ArrowDown': all[at + 1]?.focus(); break;
        case 'ArrowUp': all[at - 1]?.focus(); break;
        case 'ArrowRight': keys.unfold(alarm, true); break;
        case 'ArrowLeft': keys.unfold(alarm, false); break;
        case 'a': case 'A': keys.acknowledge(alarm); break;
        case 's': case 'S': keys.shelve(alarm); break;
        case 'Enter': if (event.target !== row) return; keys.open(alarm); break;
        default: return;
      }
      event.preventDefault();
    },
    [shown, keys],
  );
}
