import { useElementSize } from '@mantine/hooks';
import { scaleLinear, scaleLog, scaleTime } from 'd3-scale';
import { useMemo, useState, type PointerEvent, type ReactNode } from 'react';

import { formatAxis, formatMoment, formatTime } from '@/lib/format';

import classes from './plot.module.css';

export type Scale = 'linear' | 'log';
/** Where a number or a moment (ms) stands, in pixels. */
export type Place = (value: number) => number;

/** What is under the pointer. */
export interface Read {
  at: number;
  lines: readonly { name: string; value: string }[];
}

interface Props {
  height: number;
  /** Plant time, ms. */
  from: number;
  to: number;
  low: number;
  high: number;
  scale: Scale;
  /** How numbers beside the axis are written. */
  label?: (value: number) => string;
  /** Draws what is measured. Memoised by whoever gives it: it is called again when it is another one, or the room is. */
  draw: (x: Place, y: Place) => ReactNode;
  read: (at: number) => Read | null;
}

const MARGIN = { left: 52, right: 10, top: 6, bottom: 22 };
const TICK_PX = 34;
/** So near the edge the label of a moment would be cut off. */
const EDGE_PX = 12;

/** Whole powers of ten, fewer where there are many, and their 2 and 5 where there are hardly any. */
export function logTicks(low: number, high: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const count = last - first + 1;
  if (count < 3) {
    const steps = Array.from({ length: Math.max(0, count) + 2 }, (_, n) => first - 1 + n).flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
    const within = steps.filter((step) => step >= low && step <= high);
    return within.length >= 2 ? within : scaleLinear().domain([low, high]).ticks(most);
  }
  const every = Math.ceil(count / most);
  return Array.from({ length: count }, (_, n) => first + n).filter((power) => (power - first) % every === 0).map((power) => 10 ** power);
}

/** A frame with axes around what is drawn over plant time. It is drawn anew when what is drawn has changed, and not with the page. */
export function Plot({ height, from, to, low, high, scale, label = formatAxis, draw, read }: Props) {
  const { ref, width } = useElementSize();
  const [pointer, setPointer] = useState<number | null>(null);
  const right = Math.max(MARGIN.left + 50, width - MARGIN.right);
  const bottom = height - MARGIN.bottom;
  const { x, y, ticks, moments } = useMemo(() => {
    const time = scaleTime().domain([from, to > from ? to : from + 1]).range([MARGIN.left, right]);
    const numbers = (scale === 'log' ? scaleLog() : scaleLinear()).domain([low, high]).range([bottom, MARGIN.top]);
    const most = Math.max(2, Math.floor((bottom - MARGIN.top) / TICK_PX));
    return { x: time, y: numbers, ticks: scale === 'log' ? logTicks(low, high, most) : numbers.ticks(most), moments: time.ticks(Math.max(2, Math.floor((right - MARGIN.left) / 110))) };
  }, [from, to, low, high, scale, right, bottom]);
  const drawn = useMemo(() => (width > 0 ? draw((at) => x(at), (value) => y(value)) : null), [draw, x, y, width]);
  const found = pointer === null ? null : read(x.invert(pointer).getTime());
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setPointer(at >= MARGIN.left && at <= right ? at : null);
  };
  return (
    <div ref={ref} className={classes['plot']} style={{ height }} onPointerMove={move} onPointerLeave={() => setPointer(null)}>
      {width > 0 ? (
        <svg width={width} height={height} aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={MARGIN.left} x2={right} className={classes['grid']} />
              <text x={MARGIN.left - 6} y={4} textAnchor="end">{label(tick)}</text>
            </g>
          ))}
          <line x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} className={classes['axis']} />
          {moments.map((moment) => (
            <g key={moment.getTime()} transform={`translate(${x(moment)} ${bottom})`}>
              <line y2={4} className={classes['axis']} />
              <text y={16} textAnchor={x(moment) > right - EDGE_PX ? 'end' : 'middle'}>{formatMoment(moment)}</text>
            </g>
          ))}
          {drawn}
          {found ? <line x1={x(found.at)} x2={x(found.at)} y1={MARGIN.top} y2={bottom} className={classes['pointer']} /> : null}
        </svg>
      ) : null}
      {found ? (
        <div className={classes['tip']} data-flip={x(found.at) > right - 200 || undefined} style={{ left: x(found.at) }}>
          <div>{formatTime(found.at)}</div>
          {found.lines.map(({ name, value }) => <div key={name}>{name}: <strong>{value}</strong></div>)}
        </div>
      ) : null}
    </div>
  );
}
