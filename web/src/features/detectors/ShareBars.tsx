import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import { formatClock, formatPercent, formatTag, formatTime } from '@/lib/format';
import type { ScorePoint } from '@/stores/detectors';

import classes from './detectors.module.css';

/** So many tags have a colour of their own; the rest is drawn together. */
const TAGS = 6;
const BARS = 80;
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

/** Which tags contributed to each sample, as bars over plant time. */
export function ShareBars({ points }: { points: readonly ScorePoint[] }) {
  const shown = points.slice(-BARS).filter((p) => Object.keys(p.shares).length > 0);
  const leaders = leadersOf(shown);
  if (shown.length < 2) return null;
  const rows = shown.map(({ at, shares }) => ({ at, ...Object.fromEntries(leaders.map((tag) => [tag, shares[tag] ?? 0])) }));
  const spoken = leaders.slice(0, 3).map(formatTag).join(', ');
  return (
    <figure className={classes['figure']} aria-label={`Contributions over time, mostly ${spoken}`}>
      <figcaption>
        <strong>Contributions over time</strong>
        <span className={classes['legend']}>
          {leaders.map((tag, i) => <span key={tag}><i style={{ background: colours[i] }} aria-hidden="true" />{formatTag(tag)}</span>)}
        </span>
      </figcaption>
      <ResponsiveContainer width="100%" height={150}>
        <BarChart data={rows} margin={{ top: 6, right: 10, bottom: 0, left: 0 }} barCategoryGap={0} accessibilityLayer={false}>
          <XAxis dataKey="at" tickFormatter={(at: number) => formatClock(at).slice(0, 5)} stroke="var(--tep-dim)" fontSize={11} minTickGap={40} />
          <YAxis domain={[0, 1]} width={52} tickFormatter={(share: number) => formatPercent(share)} stroke="var(--tep-dim)" fontSize={11} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--tep-sunken)' }}
            labelFormatter={(at) => formatTime(Number(at))}
            formatter={(share, tag) => [formatPercent(Number(share), 1), formatTag(String(tag))]}
            contentStyle={{ background: 'var(--tep-surface)', border: '1px solid var(--tep-line)', color: 'var(--tep-text)' }}
          />
          {leaders.map((tag, i) => <Bar key={tag} dataKey={tag} stackId="shares" fill={colours[i] ?? 'var(--tep-pipe)'} isAnimationActive={false} />)}
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}
