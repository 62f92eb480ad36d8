import { useEffect, useMemo, useRef, useState } from 'react';

import { explain } from '@/api/errors';
import { TrendDocument, type TrendQuery } from '@/api/generated/graphql';
import { useUncached } from '@/api/uncached';
import type { TimeWindow } from '@/lib/window';
import { bucketed, usualSpacing, type TrendPoint } from '@/lib/points';

import { isUsable, recentReadings, useLive } from './live';

const SOONEST_MS = 2_000;
const LATEST_MS = 30_000;
/** A followed window is asked again when it has moved by this share. */
const MOVED = 0.02;

export interface TrendView {
  /** By tag key. */
  series: ReadonlyMap<string, readonly TrendPoint[]>;
  /** Plant times, ms, at which the record breaks off. */
  discontinuities: readonly number[];
  problem: string | null;
  loading: boolean;
}

interface Answer {
  trend: TrendQuery['trend'] | null;
  problem: string | null;
}

/** How often a followed window is worth asking again, in wall ms. */
export function refreshMs(spanMs: number, speed: number): number {
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, (spanMs * MOVED) / Math.max(1, speed)));
}

/**
 * The trend of some tags over a window: history from the server, and while the window follows the plant, what has arrived
 * since. A break of the stream asks the history again, which then shows the gap.
 */
export function useTrend(tags: readonly string[], window: TimeWindow, points = 500): TrendView {
  const client = useUncached();
  const speed = useLive((s) => s.source?.speed ?? 1);
  const breaks = useLive((s) => s.breaks.length);
  const [answer, setAnswer] = useState<Answer>({ trend: null, problem: null });
  const [tick, setTick] = useState(0);
  const span = window.to - window.from;
  const latest = useRef(window);
  useEffect(() => {
    latest.current = window;
  });

  useEffect(() => {
    if (!window.live) return undefined;
    const timer = setInterval(() => !document.hidden && setTick((n) => n + 1), refreshMs(span, speed));
    return () => clearInterval(timer);
  }, [window.live, span, speed]);

  const key = tags.join(',');
  // A followed window moves with every scan; it is asked again by the tick, a fixed one when it changes.
  const fixed = window.live ? `live ${Math.round(span)}` : `${window.from} ${window.to}`;
  useEffect(() => {
    let wanted = true;
    const { from, to } = latest.current;
    if (key === '' || !(to > from)) return undefined;
    const input = { tags: key.split(','), from: new Date(from).toISOString(), to: new Date(to).toISOString(), points };
    void client.query(TrendDocument, { input }).toPromise().then(({ data, error }) => {
      if (wanted) setAnswer((before) => ({ trend: data?.trend ?? before.trend, problem: explain(error) }));
    });
    return () => {
      wanted = false;
    };
  }, [client, key, fixed, points, tick, breaks]);

  const at = useLive((s) => (window.live ? s.at : null));
  return useMemo(() => view(answer, window.live, at), [answer, window.live, at]);
}

function view({ trend, problem }: Answer, live: boolean, at: number | null): TrendView {
  const series = new Map<string, readonly TrendPoint[]>();
  for (const { tag, points } of trend?.series ?? []) {
    const known = points.map(fromServer);
    const since = known.at(-1)?.at ?? Date.parse(trend?.from ?? '');
    const tail = live && at !== null ? bucketed(recentReadings(tag.key, since), usualSpacing(known)) : [];
    series.set(tag.key, [...known, ...tail]);
  }
  return { series, discontinuities: (trend?.discontinuities ?? []).map((d) => Date.parse(d)), problem, loading: trend === null && problem === null };
}

function fromServer(point: TrendQuery['trend']['series'][number]['points'][number]): TrendPoint {
  const usable = isUsable(point.quality) && point.last !== null;
  return { at: Date.parse(point.time), min: point.min, max: point.max, last: point.last, usable, uncertain: point.quality === 'UNCERTAIN' };
}
