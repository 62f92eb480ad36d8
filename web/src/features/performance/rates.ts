export interface Period {
  start: string;
  calls: number;
  newAlarms: number;
}

export interface Bar {
  at: number;
  calls: number;
  silent: number;
}

const TEN_MINUTES = 600_000;
const HOUR = 3_600_000;

/** Above this many bars they become too thin to read, and stand for hours. */
const BARS_MAX = 150;

/** How wide a bar is for this long an interval. */
export function barWidth(fromMs: number, toMs: number): number {
  const fits = (width: number) => (toMs - fromMs) / width <= BARS_MAX;
  return fits(TEN_MINUTES) ? TEN_MINUTES : fits(HOUR) ? HOUR : 6 * HOUR;
}

/** One bar for every stretch of the interval, those without an alarm among them; what made no sound stands upon what did. */
export function barsOf(periods: readonly Period[], fromMs: number, toMs: number): Bar[] {
  const width = barWidth(fromMs, toMs);
  const first = Math.floor(fromMs / width);
  const bars = Array.from({ length: Math.max(0, Math.floor((toMs - 1) / width) - first + 1) }, (_, n) => ({ at: (first + n) * width, calls: 0, silent: 0 }));
  for (const { start, calls, newAlarms } of periods) {
    const bar = bars[Math.floor(Date.parse(start) / width) - first];
    if (!bar) continue;
    bar.calls += calls;
    bar.silent += Math.max(0, newAlarms - calls);
  }
  return bars;
}
