import { useEffect, useState, type RefObject } from 'react';

import { shownSince, type Alarm } from '@/stores/alarms';

import classes from './alarms.module.css';
import { scrollerOf } from './use-rows-in-view';

interface Props {
  /** Newest first. */
  list: readonly Alarm[];
  /** What stands at the beginning of the list. */
  head: RefObject<HTMLElement | null>;
}

/** Says to whoever has scrolled into the list, and keeps their place there, that alarms have come above it since. */
export function NewerAbove({ list, head }: Props) {
  const beginning = useInView(head);
  const newest = list[0] ? shownSince(list[0]) : 0;
  const [seen, setSeen] = useState(newest);
  if (beginning && seen !== newest) setSeen(newest);
  if (beginning) return null;
  const known = list.findIndex((alarm) => shownSince(alarm) <= seen);
  const count = known < 0 ? list.length : known;
  if (count === 0) return null;
  const go = () => { if (head.current) scrollerOf(head.current).scrollTop = 0; };
  return (
    <div className={classes['newer']}>
      <button type="button" onClick={go}>▲ {count} newer {count === 1 ? 'alarm' : 'alarms'} above</button>
    </div>
  );
}

/** Whether an element is in view; where nobody can tell, it is taken to be. */
function useInView(element: RefObject<HTMLElement | null>): boolean {
  const [inView, setInView] = useState(true);
  useEffect(() => {
    if (!element.current || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)?.isIntersecting ?? true));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return inView;
}
