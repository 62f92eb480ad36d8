import { useEffect, useRef, useState, type RefObject } from 'react';

/** A part that somebody wants to see; each wish is one of its own, also when it is the same part again. */
export interface Mark {
  key: string;
}

/** Brings a marked part into view and gives it the keyboard; `back` gives it to where it came from. */
export function useMarked(mark: Mark | null): { here: RefObject<HTMLDivElement | null>; back: () => void } {
  const here = useRef<HTMLDivElement>(null);
  const from = useRef<Element | null>(null);
  useEffect(() => {
    if (!mark) return;
    if (!here.current?.contains(document.activeElement)) from.current = document.activeElement;
    here.current?.scrollIntoView({ block: 'nearest' });
    here.current?.focus({ preventScroll: true });
  }, [mark]);
  return { here, back: () => { if (from.current instanceof HTMLElement) from.current.focus(); } };
}

/** Unfolds what a text rests on, at the part that was asked for. */
export function useRestsOn() {
  const folded = useRef<HTMLDetailsElement>(null);
  const [marked, setMarked] = useState<Mark | null>(null);
  const show = (key: string) => {
    if (folded.current) folded.current.open = true;
    setMarked({ key });
  };
  return { folded, marked, show, back: () => setMarked(null) };
}
