import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import { formatClock, formatStatistic, formatTime } from '@/lib/format';
import type { ScorePoint } from '@/stores/detectors';

import classes from './detectors.module.css';

export type Scale = 'linear' | 'log';
/** What a chart is there for. */
export type Role = 'deciding' | 'advisory' | 'compared' | 'shadow';

const roles: Record<Role, string> = {
  deciding: '',
  advisory: 'advisory, raises nothing',
  compared: 'for comparison, raises nothing',
  shadow: 'of the model in the shadow, raises nothing',
};

/** As engineers write them. */
export const chartNames: Readonly<Record<string, string>> = { T2: 'T²', SPE: 'SPE', Ts2: 'T² of the state', Tr2: 'T² of the rest', raw: 'Raw', medium: 'Medium', slow: 'Slow', long: 'Long', frozen: 'Frozen' };

interface Row {
  at: number;
  statistic: number | null;
  limit: number | null;
  /** The same chart of the model in the shadow. */
  shadow?: number | null;
}

/** Samples further apart than this many periods have a gap between them. */
const GAP = 3;
/** On a logarithmic axis zero has no place. */
const LEAST = 1e-3;

export function rowsOf(points: readonly ScorePoint[], chart: string, periodMs: number, scale: Scale): Row[] {
  const rows: Row[] = [];
  for (const { at, statistics, limits } of points) {
    const before = rows.at(-1);
    if (before && periodMs > 0 && at - before.at > periodMs * GAP) rows.push({ at: before.at + periodMs, statistic: null, limit: null });
    const statistic = statistics[chart] ?? null;
    rows.push({ at, statistic: statistic !== null && scale === 'log' ? Math.max(LEAST, statistic) : statistic, limit: limits[chart] ?? null });
  }
  return rows;
}

interface Props {
  chart: string;
  points: readonly ScorePoint[];
  shadowPoints?: readonly ScorePoint[];
  role?: Role;
  scale: Scale;
  periodMs: number;
}

/** Draws the shadow's statistic at the samples that both judged, as a share of its own limit on ours. */
function beside(rows: readonly Row[], shadowPoints: readonly ScorePoint[], chart: string): Row[] {
  const at = new Map(shadowPoints.map((p) => [p.at, p]));
  return rows.map((row) => {
    const point = at.get(row.at);
    const statistic = point?.statistics[chart];
    const limit = point?.limits[chart];
    return { ...row, shadow: statistic == null || !limit || row.limit === null ? null : Math.max(LEAST, (statistic / limit) * row.limit) };
  });
}

/** One statistic against its limit over plant time. */
export function ScoreChart({ chart, points, shadowPoints = [], role = 'deciding', scale, periodMs }: Props) {
  const rows = beside(rowsOf(points, chart, periodMs, scale), shadowPoints, chart);
  const shaded = rows.some((row) => row.shadow != null);
  const last = rows.at(-1);
  // In words it is as it is; only the logarithmic axis has no place for zero.
  const said = points.at(-1)?.statistics[chart];
  const name = chartNames[chart] ?? chart;
  const over = last?.statistic != null && last.limit != null && last.statistic > last.limit;
  return (
    <figure className={classes['figure']} aria-label={`${name} against its limit`}>
      <figcaption>
        <strong>{name}</strong>{roles[role] ? <span className={classes['dim']}> {roles[role]}</span> : null}{shaded ? <span className={classes['dim']}> thin: the shadow, by its own limit</span> : null}{' '}
        <span className="tep-live">{formatStatistic(said)}{last?.limit == null ? '' : `, limit ${formatStatistic(last.limit)}`}{over ? ' ▲ above the limit' : ''}</span>
      </figcaption>
      <ResponsiveContainer width="100%" height={190}>
        <LineChart data={rows} margin={{ top: 6, right: 10, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--tep-line)" strokeOpacity={0.5} vertical={false} />
          <XAxis dataKey="at" type="number" domain={['dataMin', 'dataMax']} tickFormatter={(at: number) => formatClock(at).slice(0, 5)} stroke="var(--tep-dim)" fontSize={11} minTickGap={40} />
          <YAxis scale={scale} domain={scale === 'log' ? [(low: number) => low * 0.7, (high: number) => high * 1.4] : [0, 'auto']} width={52} tickFormatter={formatStatistic} stroke="var(--tep-dim)" fontSize={11} allowDataOverflow />
          <Tooltip
            isAnimationActive={false}
            labelFormatter={(at) => formatTime(Number(at))}
            formatter={(value, key) => [formatStatistic(Number(value)), key === 'limit' ? 'limit' : key === 'shadow' ? `${name}, shadow` : name]}
            contentStyle={{ background: 'var(--tep-surface)', border: '1px solid var(--tep-line)', color: 'var(--tep-text)' }}
          />
          <Line dataKey="limit" stroke="var(--tep-critical)" strokeDasharray="6 4" dot={false} isAnimationActive={false} strokeWidth={1.3} type="stepAfter" />
          {shaded ? <Line dataKey="shadow" stroke="var(--tep-high)" dot={false} isAnimationActive={false} strokeWidth={1} type="linear" /> : null}
          <Line dataKey="statistic" stroke="var(--tep-trace)" dot={false} isAnimationActive={false} strokeWidth={1.5} type="linear" />
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}
