import { memo, useCallback, useMemo } from 'react';

import { formatPercent, formatTag } from '@/lib/format';
import type { ScorePoint } from '@/stores/detectors';
import { Plot, type Place } from '@/ui/Plot';

import classes from './detectors.module.css';
import { nearestTo } from './ScoreChart';

/** So many tags have a colour of their own; the rest stays empty. */
const TAGS = 6;
/** Who leads is told of so many samples: a reader asks about what goes on now. */
const RECENT = 80;
/** None is the colour of a severity: those are for alarms. Told apart by lightness as well, and by their order in the legend. */
const colours = [
  'light-dark(#1f3b52, #cfe0ee)', 'light-dark(#2f7f79, #4fb3aa)', 'light-dark(#9a86c4, #6f5ba3)',
  'light-dark(#5f7f9c, #7f9cb6)', 'light-dark(#b58a67, #8a6a50)', 'light-dark(#b7c2cb, #4c5862)',
] as const;

/** The tags that contributed most over the whole stretch, largest first. */
export function leadersOf(points: readonly ScorePoint[]): string[] {
  const sums = new Map<string, number>();
  for (const { shares } of points) for (const [tag, share] of Object.entries(shares)) sums.set(tag, (sums.get(tag) ?? 0) + share);
  return [...sums.entries()].sort((a, b) => b[1] - a[1]).slice(0, TAGS).map(([tag]) => tag);
}

/** One outline for all bars of each tag, stacked in the order of the tags. */
export function barsOf(points: readonly ScorePoint[], leaders: readonly string[], periodMs: number, x: Place, y: Place): string[] {
  const paths: string[][] = leaders.map(() => []);
  // The first and the last are half as wide: the axis ends with them.
  const [begin, end] = [x(points[0]?.at ?? 0), x(points.at(-1)?.at ?? 0)];
  for (const { at, shares } of points) {
    const left = Math.max(begin, x(at - periodMs / 2));
    const width = Math.max(1, Math.min(end, x(at + periodMs / 2)) - left);
    let below = 0;
    leaders.forEach((tag, n) => {
      const share = Math.max(0, shares[tag] ?? 0);
      if (share === 0) return;
      const [bottom, top] = [y(below), y(Math.min(1, below + share))];
      paths[n]?.push(`M${left.toFixed(1)} ${bottom.toFixed(1)}V${top.toFixed(1)}h${width.toFixed(1)}V${bottom.toFixed(1)}z`);
      below += share;
    });
  }
  return paths.map((parts) => parts.join(''));
}

interface Props {
  points: readonly ScorePoint[];
  periodMs: number;
}

/** Which tags contributed to each sample, as bars over plant time, under the charts and on their axis. */
export const ShareBars = memo(function ShareBars({ points, periodMs }: Props) {
  const shown = useMemo(() => points.filter((p) => Object.keys(p.shares).length > 0), [points]);
  const leaders = useMemo(() => leadersOf(shown.slice(-RECENT)), [shown]);
  const draw = useCallback((x: Place, y: Place) => barsOf(shown, leaders, periodMs, x, y).map((d, i) => <path key={leaders[i]} d={d} style={{ fill: colours[i] }} />), [shown, leaders, periodMs]);
  const read = useCallback((at: number) => {
    const point = nearestTo(shown, at);
    if (!point) return null;
    const lines = leaders.filter((tag) => (point.shares[tag] ?? 0) > 0).map((tag) => ({ name: formatTag(tag), value: formatPercent(point.shares[tag] ?? 0, 1) }));
    return { at: point.at, lines: lines.length > 0 ? lines : [{ name: 'of these', value: 'none' }] };
  }, [shown, leaders]);
  if (shown.length < 2) return null;
  const spoken = leaders.slice(0, 3).map(formatTag).join(', ');
  return (
    <figure className={classes['figure']} aria-label={`Contributions over time, mostly ${spoken}`}>
      <figcaption>
        <strong>Contributions over time</strong>
        <span className={classes['legend']}>
          {leaders.map((tag, i) => <span key={tag}><i style={{ background: colours[i] }} aria-hidden="true" />{formatTag(tag)}</span>)}
        </span>
      </figcaption>
      <Plot height={150} from={points[0]?.at ?? 0} to={points.at(-1)?.at ?? 0} low={0} high={1} scale="linear" label={formatPercent} draw={draw} read={read} />
    </figure>
  );
});
