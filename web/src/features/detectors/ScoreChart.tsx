import { line } from 'd3-shape';
import { memo, useCallback, useMemo } from 'react';

import { formatStatistic } from '@/lib/format';
import type { ScorePoint } from '@/stores/detectors';
import { Plot, type Place, type Scale } from '@/ui/Plot';

import classes from './detectors.module.css';

export type { Scale };
/** What a chart is there for. */
export type Role = 'deciding' | 'advisory' | 'compared' | 'shadow' | 'earlier';

const roles: Record<Role, string> = {
  deciding: '',
  advisory: 'advisory, raises nothing',
  compared: 'for comparison, raises nothing',
  shadow: 'of the model in the shadow, raises nothing',
  earlier: 'of the model that was in use before',
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
function beside(rows: readonly Row[], shadowPoints: readonly ScorePoint[], chart: string): readonly Row[] {
  if (shadowPoints.length === 0) return rows;
  const at = new Map(shadowPoints.map((p) => [p.at, p]));
  return rows.map((row) => {
    const point = at.get(row.at);
    const statistic = point?.statistics[chart];
    const limit = point?.limits[chart];
    return { ...row, shadow: statistic == null || !limit || row.limit === null ? null : Math.max(LEAST, (statistic / limit) * row.limit) };
  });
}

/** How far the axis reaches: over everything that is drawn, with some air; from zero where it is linear. */
export function domainOf(rows: readonly Row[], scale: Scale): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { statistic, limit, shadow } of rows) {
    for (const value of [statistic, limit, shadow ?? null]) {
      if (value === null || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!(high >= low)) return scale === 'log' ? [0.1, 10] : [0, 1];
  return scale === 'log' ? [Math.max(LEAST, low) * 0.7, Math.max(LEAST, high) * 1.4] : [Math.min(0, low), high > 0 ? high * 1.06 : 1];
}

/** The sample nearest to a moment. */
export function nearestTo<T extends { at: number }>(rows: readonly T[], at: number): T | null {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [rows[low - 1], rows[low]];
  return before && after && at - before.at < after.at - at ? before : (after ?? null);
}

const NONE: readonly ScorePoint[] = [];

/** One statistic against its limit over plant time. Memoised: a page that asks something else does not draw it anew. */
export const ScoreChart = memo(function ScoreChart({ chart, points, shadowPoints = NONE, role = 'deciding', scale, periodMs }: Props) {
  const rows = useMemo(() => beside(rowsOf(points, chart, periodMs, scale), shadowPoints, chart), [points, shadowPoints, chart, periodMs, scale]);
  const shaded = useMemo(() => rows.some((row) => row.shadow != null), [rows]);
  const [low, high] = useMemo(() => domainOf(rows, scale), [rows, scale]);
  const name = chartNames[chart] ?? chart;
  const draw = useCallback((x: Place, y: Place) => {
    const curve = (pick: (row: Row) => number | null | undefined) => line<Row>().defined((row) => pick(row) != null).x((row) => x(row.at)).y((row) => y(pick(row) ?? 0))(rows) ?? '';
    return (
      <>
        <path d={curve((row) => row.limit)} className={classes['limitLine']} />
        {shaded ? <path d={curve((row) => row.shadow)} className={classes['shadowLine']} /> : null}
        <path d={curve((row) => row.statistic)} className={classes['statisticLine']} />
      </>
    );
  }, [rows, shaded]);
  const read = useCallback((at: number) => {
    const row = nearestTo(rows, at);
    const point = row && nearestTo(points, row.at);
    if (!row || row.statistic === null || !point) return null;
    const lines = [{ name, value: formatStatistic(point.statistics[chart]) }, { name: 'limit', value: formatStatistic(row.limit) }];
    return { at: row.at, lines: row.shadow == null ? lines : [...lines, { name: 'shadow, by its own limit', value: formatStatistic(row.shadow) }] };
  }, [rows, points, chart, name]);
  const last = role === 'earlier' ? undefined : rows.at(-1);
  // In words it is as it is; only the logarithmic axis has no place for zero.
  const said = points.at(-1)?.statistics[chart];
  const over = last?.statistic != null && last.limit != null && last.statistic > last.limit;
  return (
    <figure className={classes['figure']} aria-label={`${name} against its limit`}>
      <figcaption>
        <strong>{name}</strong>{roles[role] ? <span className={classes['dim']}> {roles[role]}</span> : null}{shaded ? <span className={classes['dim']}> thin: the shadow, by its own limit</span> : null}{' '}
        {role === 'earlier' ? null : <span className="tep-live">{formatStatistic(said)}{last?.limit == null ? '' : `, limit ${formatStatistic(last.limit)}`}{over ? ' ▲ above the limit' : ''}</span>}
      </figcaption>
      <Plot height={190} from={rows[0]?.at ?? 0} to={rows.at(-1)?.at ?? 0} low={low} high={high} scale={scale} draw={draw} read={read} />
    </figure>
  );
});
