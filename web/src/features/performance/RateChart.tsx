import { Bar, BarChart, CartesianGrid, ReferenceArea, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import { formatClock, formatTime } from '@/lib/format';

import classes from './performance.module.css';
import { barsOf, barWidth, type Period } from './rates';

interface Props {
  periods: readonly Period[];
  floods: readonly { from: string; to: string }[];
  from: string;
  to: string;
}

const widths: Readonly<Record<number, string>> = { 600_000: 'ten minutes', 3_600_000: 'hour', 21_600_000: 'six hours' };

/** What a console may be called for at most, for the widths for which the standard says so. */
const most: Readonly<Record<number, number>> = { 600_000: 10, 3_600_000: 30 };

/** How often the operator was called, over wall time; floods are shaded. */
export function RateChart({ periods, floods, from, to }: Props) {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const width = barWidth(start, end);
  const bars = barsOf(periods, start, end);
  const name = widths[width] ?? '';
  // A flood is shaded over every bar that it touches.
  const barAt = (at: string) => Math.floor(Math.min(Date.parse(at), end - 1) / width) * width;
  const day = (at: number) => (end - start > 86_400_000 ? formatTime(at).slice(0, 10) : formatClock(at).slice(0, 5));
  return (
    <figure className={classes['figure']} aria-label={`Alarms in each ${name}`}>
      <ResponsiveContainer width="100%" height={220}>
        <BarChart data={bars} margin={{ top: 8, right: 10, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap={1}>
          <CartesianGrid stroke="var(--tep-line)" strokeOpacity={0.5} vertical={false} />
          <XAxis dataKey="at" tickFormatter={day} stroke="var(--tep-dim)" fontSize={11} minTickGap={48} />
          <YAxis allowDecimals={false} width={36} stroke="var(--tep-dim)" fontSize={11} domain={[0, (high: number) => Math.max(high, 4)]} />
          {floods.map((flood) => <ReferenceArea key={flood.from} x1={barAt(flood.from)} x2={barAt(flood.to)} fill="var(--tep-high)" fillOpacity={0.25} ifOverflow="hidden" />)}
          {most[width] === undefined ? null : <ReferenceLine y={most[width]} stroke="var(--tep-critical)" strokeDasharray="4 3" ifOverflow="hidden" />}
          <Bar dataKey="calls" name="annunciated" stackId="all" fill="var(--tep-trace)" isAnimationActive={false} maxBarSize={26} />
          <Bar dataKey="silent" name="in a group, without sound" stackId="all" fill="var(--tep-band)" isAnimationActive={false} maxBarSize={26} />
          <Tooltip isAnimationActive={false} cursor={{ fill: 'var(--tep-line)', fillOpacity: 0.3 }} labelFormatter={(at) => formatTime(Number(at))} contentStyle={{ background: 'var(--tep-surface)', border: '1px solid var(--tep-line)' }} />
        </BarChart>
      </ResponsiveContainer>
      <figcaption className={classes['legend']}>
        <span><i data-kind="calls" /> annunciated in each {name}</span>
        <span><i data-kind="silent" /> in a group, without sound</span>
        <span><i data-kind="flood" /> flood</span>
        {most[width] === undefined ? null : <span><i data-kind="most" /> {most[width]}, the most that can be followed</span>}
      </figcaption>
    </figure>
  );
}
