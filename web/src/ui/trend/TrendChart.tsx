import { useElementSize } from '@mantine/hooks';
import { scaleTime } from 'd3-scale';
import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';

import type { LimitKind, Severity } from '@/api/generated/graphql';
import { formatMoment, formatTime } from '@/lib/format';
import type { TrendPoint } from '@/lib/points';
import { scaled, shifted, type TimeWindow } from '@/lib/window';

import { Lane } from './Lane';
import classes from './trend.module.css';

export interface TrendLane {
  key: string;
  name: string;
  unit: string;
  resolution: number;
  low: number;
  high: number;
  limits: readonly { kind: LimitKind; value: number; severity: Severity }[];
  points: readonly TrendPoint[];
  /** The current value, and what else belongs beside the name. */
  aside?: ReactNode;
}

export interface TrendMark {
  at: number;
  name: string;
}

export type YScale = 'fit' | 'range';

interface Props {
  lanes: readonly TrendLane[];
  window: TimeWindow;
  discontinuities: readonly number[];
  yScale: YScale;
  laneHeight?: number;
  onWindow?: ((window: TimeWindow) => void) | undefined;
  /** Moments of plant time, ms, that are drawn through every lane. */
  marks?: readonly TrendMark[];
  /** Whether a fitted axis reaches as far as the limits, so that they are seen also where no value comes near. */
  alwaysLimits?: boolean;
}

export const MARGIN = { left: 62, right: 10 };
/** A drag shorter than this is a click. */
const DRAG_PX = 6;

/**
 * One lane a tag, under a common axis of plant time. Drag to look closer; with the keyboard, arrows move and plus and minus
 * zoom.
 */
export function TrendChart({ lanes, window, discontinuities, yScale, laneHeight = 120, onWindow, marks = [], alwaysLimits = false }: Props) {
  const { ref, width } = useElementSize();
  const [pointer, setPointer] = useState<number | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const right = Math.max(MARGIN.left + 50, width - MARGIN.right);
  const x = scaleTime().domain([window.from, window.to]).range([MARGIN.left, right]);
  const time = (px: number) => x.invert(Math.min(right, Math.max(MARGIN.left, px))).getTime();

  const position = (event: PointerEvent<HTMLDivElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const release = (event: PointerEvent<HTMLDivElement>) => {
    const end = position(event);
    if (drag !== null && onWindow && Math.abs(end - drag) > DRAG_PX) {
      onWindow({ from: time(Math.min(drag, end)), to: time(Math.max(drag, end)), live: false });
    }
    setDrag(null);
  };
  const keys: Readonly<Record<string, () => TimeWindow>> = {
    ArrowLeft: () => shifted(window, -0.25),
    ArrowRight: () => shifted(window, 0.25),
    '+': () => scaled(window, 0.5),
    '-': () => scaled(window, 2),
  };
  const press = (event: KeyboardEvent) => {
    const next = keys[event.key];
    if (!next || !onWindow) return;
    event.preventDefault();
    onWindow(next());
  };

  return (
    <div
      ref={ref}
      className={classes['chart']}
      data-zoomable={onWindow ? true : undefined}
      tabIndex={onWindow ? 0 : undefined}
      role="group"
      aria-label={`Trend from ${formatTime(window.from)} to ${formatTime(window.to)} plant time`}
      onKeyDown={press}
      onPointerMove={(event) => setPointer(position(event))}
      onPointerLeave={() => { setPointer(null); setDrag(null); }}
      onPointerDown={(event) => event.button === 0 && setDrag(position(event))}
      onPointerUp={release}
    >
      {lanes.map((lane) => (
        <Lane key={lane.key} lane={lane} x={x} height={laneHeight} yScale={yScale} discontinuities={discontinuities} marks={marks} alwaysLimits={alwaysLimits} pointerAt={pointer === null ? null : time(pointer)} />
      ))}
      {width > 0 ? <TimeAxis x={x} width={width} /> : null}
      {drag !== null && pointer !== null && onWindow ? (
        <div className={classes['selection']} style={{ left: Math.min(drag, pointer), width: Math.abs(pointer - drag) }} />
      ) : null}
      {pointer !== null && pointer >= MARGIN.left && pointer <= right ? (
        <div className={classes['pointer']} style={{ left: pointer }}>
          <span data-flip={pointer > right - 150 || undefined}>{formatTime(time(pointer))}</span>
        </div>
      ) : null}
    </div>
  );
}

function TimeAxis({ x, width }: { x: ReturnType<typeof scaleTime<number>>; width: number }) {
  const ticks = x.ticks(Math.max(2, Math.floor(width / 140)));
  return (
    <svg width={width} height={22} className={classes['axis']} aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick.getTime()} transform={`translate(${x(tick)} 0)`}>
          <line y2={4} />
          <text y={16} textAnchor="middle">{formatMoment(tick)}</text>
        </g>
      ))}
    </svg>
  );
}
