import { extent } from 'd3-array';
import { scaleLinear, type ScaleTime } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useMemo } from 'react';

import type { LimitKind } from '@/api/generated/graphql';
import { formatTag, formatTime, formatValue } from '@/lib/format';
import { nearest, segments, unusable, type TrendPoint } from '@/lib/points';

import classes from './trend.module.css';
import { MARGIN, type TrendLane, type TrendMark, type YScale } from './TrendChart';

const PAD = 6;
/** A fitted axis shows at least this share of the range, so that mere noise does not look like a storm. */
const LEAST_SHARE = 0.01;

export function fitted(points: readonly TrendPoint[], low: number, high: number, besides: readonly number[] = []): [low: number, high: number] {
  const shown = points.filter((p) => p.usable).flatMap((p) => [p.min, p.max]).filter((v) => v !== null);
  const [from, to] = extent(shown.length === 0 ? shown : [...shown, ...besides]);
  if (from === undefined) return [low, high];
  const least = (high - low) * LEAST_SHARE;
  const span = Math.max(to - from, least) * 1.16;
  const middle = (from + to) / 2;
  return [middle - span / 2, middle + span / 2];
}

interface Props {
  lane: TrendLane;
  x: ScaleTime<number, number>;
  height: number;
  yScale: YScale;
  discontinuities: readonly number[];
  pointerAt: number | null;
  marks: readonly TrendMark[];
  alwaysLimits: boolean;
}

export function Lane({ lane, x, height, yScale, discontinuities, pointerAt, marks, alwaysLimits }: Props) {
  const [left = 0, right = 0] = x.range();
  const [from = 0, to = 0] = x.domain().map((date) => date.getTime());
  const visible = useMemo(() => lane.points.filter((p) => p.at >= from && p.at <= to), [lane.points, from, to]);
  const domain = yScale === 'fit' ? fitted(visible, lane.low, lane.high, alwaysLimits ? nearestLimits(lane) : []) : ([lane.low, lane.high] as const);
  const y = scaleLinear().domain(domain).range([height - PAD, PAD]);
  const ticks = y.ticks(Math.max(2, Math.floor(height / 36)));
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const pointed = pointerAt === null ? null : nearest(visible, pointerAt);
  const breaks = discontinuities.filter((d) => d > from && d < to);

  return (
    <div className={classes['lane']}>
      <div className={classes['laneHead']}>
        <strong>{lane.name}</strong>
        <span className={classes['dim']}>{formatTag(lane.key)}</span>
        {pointed ? (
          <span className={classes['pointed']}>
            {pointed.usable ? `${formatValue(pointed.last, lane.resolution)} ${lane.unit}` : 'no usable value'}
            {pointed.usable && pointed.min !== pointed.max ? ` (${formatValue(pointed.min, lane.resolution)} … ${formatValue(pointed.max, lane.resolution)})` : ''}
          </span>
        ) : null}
        <span className={classes['aside']}>{lane.aside}</span>
      </div>
      <svg width={right + MARGIN.right} height={height} className={classes['plot']} role="img" aria-label={`${lane.name} in ${lane.unit}`}>
        <rect x={left} width={Math.max(0, right - left)} height={height} className={classes['ground']} />
        {ticks.map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={left} x2={right} className={classes['grid']} />
            <text x={left - 6} y={4} textAnchor="end" className={classes['tick']}>{formatValue(tick, step)}</text>
          </g>
        ))}
        {unusable(visible).map((gap) => (
          <rect key={gap.from} x={x(gap.from)} width={Math.max(3, x(gap.to) - x(gap.from))} height={height} className={classes['unusable']}>
            <title>no usable value</title>
          </rect>
        ))}
        <Limits lane={lane} y={y} left={left} right={right} />
        <Curve points={visible} discontinuities={breaks} x={x} y={y} />
        {breaks.map((at) => (
          <g key={at} transform={`translate(${x(at)} 0)`}>
            <title>The record breaks off here.</title>
            <line y2={height} className={classes['break']} />
            <path d="M-5 0H5L0 8z" className={classes['breakMark']} />
          </g>
        ))}
        {marks.filter(({ at }) => at >= from && at <= to).map(({ at, name }) => (
          <g key={at} transform={`translate(${x(at)} 0)`}>
            <title>{`${name} ${formatTime(at)}`}</title>
            <line y2={height} className={classes['mark']} />
            <text x={x(at) > right - 60 ? -4 : 4} y={11} textAnchor={x(at) > right - 60 ? 'end' : 'start'} className={classes['markText']}>{name}</text>
          </g>
        ))}
        {pointed?.usable && pointed.last !== null ? <circle cx={x(pointed.at)} cy={y(pointed.last)} r={3.5} className={classes['dot']} /> : null}
      </svg>
    </div>
  );
}

/** The inner limits: an axis that reached to the outer ones as well would press the curve flat. */
function nearestLimits(lane: TrendLane): readonly number[] {
  return lane.limits.filter(({ kind }) => kind === 'HIGH' || kind === 'LOW').map(({ value }) => value);
}

type Y = (value: number) => number;

/** The labels of an inner and an outer limit stand on opposite sides of their lines, since the lines may lie close together. */
const outer: Record<LimitKind, boolean> = { HIGH_HIGH: true, HIGH: false, LOW: true, LOW_LOW: false };

function Limits({ lane, y, left, right }: { lane: TrendLane; y: ReturnType<typeof scaleLinear<number>>; left: number; right: number }) {
  const [low = 0, high = 0] = y.domain();
  return lane.limits
    .filter(({ value }) => value > low && value < high)
    .map(({ kind, value }) => (
      <g key={kind} transform={`translate(0 ${y(value)})`}>
        <line x1={left} x2={right} className={classes['limit']} />
        <text x={right - 4} y={outer[kind] ? -3 : 11} textAnchor="end" className={classes['limitText']}>{kind.replaceAll('_', ' ').toLowerCase()} {formatValue(value, lane.resolution)}</text>
      </g>
    ));
}

/** The band from minimum to maximum of each bucket, and the last value as a line. */
function Curve({ points, discontinuities, x, y }: { points: readonly TrendPoint[]; discontinuities: readonly number[]; x: ScaleTime<number, number>; y: Y }) {
  const { envelope, trace } = useMemo(() => {
    const parts = segments(points, discontinuities);
    const band = area<TrendPoint>().x((p) => x(p.at)).y0((p) => y(p.min ?? 0)).y1((p) => y(p.max ?? 0));
    const curve = line<TrendPoint>().x((p) => x(p.at)).y((p) => y(p.last ?? 0));
    return {
      envelope: parts.map((part) => band(part)).join(''),
      // A single point between two gaps is a measurement too; a line of no length shows it as a dot.
      trace: parts.map((part) => (part.length === 1 ? `${curve(part) ?? ''}h0.01` : curve(part))).join('').replaceAll('Zh0.01', 'h0.01'),
    };
  }, [points, discontinuities, x, y]);
  return (
    <g>
      <path d={envelope} className={classes['envelope']} />
      <path d={trace} className={classes['trace']} />
    </g>
  );
}
