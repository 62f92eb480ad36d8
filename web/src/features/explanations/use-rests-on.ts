import { useRef, useState } from 'react';

/** Unfolds what a text rests on, at the part that was asked for. */
export function useRestsOn() {
  const folded = useRef<HTMLDetailsElement>(null);
  const [marked, setMarked] = useState<string | null>(null);
  const show = (key: string) => {
    setMarked(key);
    if (!folded.current) return;
    folded.current.open = true;
    folded.current.scrollIntoView({ block: 'nearest' });
  };
  return { folded, marked, show };
}
