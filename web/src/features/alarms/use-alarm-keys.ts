import { useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent, type SyntheticEvent } from 'react';

import type { Alarm } from '@/stores/alarms';

interface Keys {
  acknowledge: (alarm: Alarm) => void;
  shelve: (alarm: Alarm) => void;
  open: (alarm: Alarm) => void;
  /** Opens or closes the group that the alarm leads. */
  unfold: (alarm: Alarm, open: boolean) => void;
}

interface AlarmKeys {
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: SyntheticEvent) => void;
  /** The number of the row that the keys hold, which is drawn even when it is not in view; null when they hold none. */
  held: number | null;
}

const rowOf = (target: EventTarget | null) => (target instanceof Element ? target.closest<HTMLElement>('tr[data-alarm]') : null);
const rowWith = (key: string) => [...document.querySelectorAll<HTMLElement>('tr[data-alarm]')].find((row) => row.dataset['alarm'] === key);

/** Whether the person is writing, so that a letter is a letter. */
function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"])'));
}

/**
 * The list by keyboard: up and down from row to row, Home and End to the first and the last, A acknowledges, S shelves, Enter
 * opens; right and left open and close a group. Of a long list not every row is drawn: one that is gone to is drawn first.
 */
export function useAlarmKeys(lines: readonly { alarm: Alarm }[], keys: Keys): AlarmKeys {
  const [heldKey, setHeld] = useState<string | null>(null);
  // Where the keys were last: a row that was shelved or is over leaves the list, and takes the focus with it.
  const last = useRef<number | null>(null);
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    const row = wanted.current === null ? undefined : rowWith(wanted.current);
    if (!row) return;
    wanted.current = null;
    row.focus();
  });

  const go = (number: number) => {
    const at = Math.max(0, Math.min(number, lines.length - 1));
    const key = lines[at]?.alarm.key;
    if (key === undefined) return;
    last.current = at;
    const row = rowWith(key);
    if (row) row.focus();
    else {
      wanted.current = key;
      setHeld(key);
    }
  };

  // With nothing in focus, an arrow takes hold of the row that stands there now, or of the first.
  const enter = useEffectEvent((event: globalThis.KeyboardEvent) => {
    if (document.activeElement !== document.body || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    if (event.key === 'ArrowDown') go(last.current ?? 0);
    else go(last.current === null ? lines.length - 1 : last.current - 1);
    event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => enter(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rowOf(event.target);
    const at = Number(row?.dataset['row'] ?? Number.NaN);
    const alarm = lines[at]?.alarm;
    if (!row || !alarm || alarm.key !== row.dataset['alarm'] || writes(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    last.current = at;
    switch (event.key) {
      case 'ArrowDown': go(at + 1); break;
      case 'ArrowUp': go(at - 1); break;
      case 'Home': go(0); break;
      case 'End': go(lines.length - 1); break;
      case 'ArrowRight': keys.unfold(alarm, true); break;
      case 'ArrowLeft': keys.unfold(alarm, false); break;
      case 'a': case 'A': keys.acknowledge(alarm); break;
      case 's': case 'S': keys.shelve(alarm); break;
      case 'Enter': if (event.target !== row) return; keys.open(alarm); break;
      default: return;
    }
    event.preventDefault();
  };
  const onFocus = (event: SyntheticEvent) => {
    const key = rowOf(event.target)?.dataset['alarm'];
    if (key !== undefined) setHeld(key);
  };

  const held = useMemo(() => (heldKey === null ? null : lines.findIndex(({ alarm }) => alarm.key === heldKey)), [lines, heldKey]);
  return { onKeyDown, onFocus, held };
}
