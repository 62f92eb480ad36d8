import type { Quality, Severity } from '@/api/generated/graphql';
import { formatValue } from '@/lib/format';

import classes from './live.module.css';
import { QualityMark } from './marks';

export interface Shown {
  value: number | null;
  quality: Quality;
}

/** A live number with its unit and the mark of its quality. Without a measurement it is grey, and says so. */
export function LiveNumber({ shown, resolution, unit }: { shown: Shown | undefined; resolution: number; unit?: string }) {
  const usable = shown?.quality === 'GOOD';
  return (
    <span className={`tep-live tep-number ${classes['live']}`} data-usable={usable || undefined}>
      <span className={classes['value']}>{formatValue(shown?.value, resolution)}</span>
      {unit ? <span className={classes['unit']}> {unit}</span> : null}
      {shown ? <QualityMark quality={shown.quality} /> : null}
    </span>
  );
}

export interface Bar {
  low: number;
  high: number;
  limits: readonly { kind: string; value: number; severity: Severity }[];
}

export function fraction(value: number, low: number, high: number): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
}

/** The stretch between the innermost limits, in fractions of the range; without limits the whole range. */
export function normalBand({ low, high, limits }: Bar): [from: number, to: number] {
  const lower = limits.filter((l) => l.kind.startsWith('LOW')).map((l) => l.value);
  const upper = limits.filter((l) => l.kind.startsWith('HIGH')).map((l) => l.value);
  return [fraction(lower.length ? Math.max(...lower) : low, low, high), fraction(upper.length ? Math.min(...upper) : high, low, high)];
}

/** Where a value stands in its range: the band between its limits is darker, the pointer is the value. */
export function RangeBar({ shown, bar, label }: { shown: Shown | undefined; bar: Bar; label: string }) {
  const [from, to] = normalBand(bar);
  const at = shown?.value == null ? null : fraction(shown.value, bar.low, bar.high);
  return (
    <span className={`tep-live ${classes['bar']}`} role="img" aria-label={label}>
      <span className={classes['band']} style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
      {bar.limits.map((limit) => (
        <span key={limit.kind} className={classes['limit']} style={{ left: `${fraction(limit.value, bar.low, bar.high) * 100}%` }} />
      ))}
      {at === null ? null : <span className={classes['pointer']} style={{ left: `${at * 100}%` }} />}
    </span>
  );
}
