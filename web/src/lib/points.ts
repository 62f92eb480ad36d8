/** One bucket of a trend: what is drawn of it. */
export interface TrendPoint {
  /** Plant time, ms. */
  at: number;
  min: number | null;
  max: number | null;
  last: number | null;
  /** False where there is no measurement: the line breaks. */
  usable: boolean;
  uncertain: boolean;
}

/** Readings folded into buckets as wide as the points of the server, so that what is live looks like what is recorded. */
export function bucketed(readings: readonly { at: number; value: number | null }[], widthMs: number): TrendPoint[] {
  const found: TrendPoint[] = [];
  let slot = Number.NaN;
  for (const { at, value } of readings) {
    const mine = widthMs > 0 ? Math.floor(at / widthMs) : at;
    const last = found.at(-1);
    if (!last || mine !== slot || value === null || !last.usable) {
      found.push({ at, min: value, max: value, last: value, usable: value !== null, uncertain: false });
      slot = mine;
    } else {
      found[found.length - 1] = { ...last, at, min: Math.min(last.min ?? value, value), max: Math.max(last.max ?? value, value), last: value };
    }
  }
  return found;
}

/** Spacing beyond this many usual spacings is a gap, not a line. */
const GAP = 4;

export function usualSpacing(points: readonly TrendPoint[]): number {
  const spacings = points.slice(1).map((point, i) => point.at - (points[i]?.at ?? point.at)).filter((ms) => ms > 0);
  spacings.sort((a, b) => a - b);
  return spacings[Math.floor(spacings.length / 2)] ?? 0;
}

/**
 * Cuts a series where nothing may be drawn: at bad values, at breaks of the record, and where points are missing. A line
 * across a gap would claim something that nobody measured.
 */
export function segments(points: readonly TrendPoint[], discontinuities: readonly number[]): TrendPoint[][] {
  const limit = usualSpacing(points) * GAP;
  const cut = (from: number, to: number) => (limit > 0 && to - from > limit) || discontinuities.some((d) => d > from && d <= to);
  const found: TrendPoint[][] = [];
  let open: TrendPoint[] | null = null;
  for (const point of points) {
    const before = open?.at(-1);
    if (!point.usable) open = null;
    else if (open === null || (before && cut(before.at, point.at))) found.push((open = [point]));
    else open.push(point);
  }
  return found;
}

/** Stretches of time without a usable value, for marking; between and around bad points. */
export function unusable(points: readonly TrendPoint[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  points.forEach((point, i) => {
    if (point.usable) return;
    const to = points[i + 1]?.at ?? point.at;
    const last = found.at(-1);
    if (last && last.to >= point.at) last.to = to;
    else found.push({ from: point.at, to });
  });
  return found;
}

/** The point nearest to a time. */
export function nearest(points: readonly TrendPoint[], at: number): TrendPoint | null {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const after = points[low];
  const before = points[low - 1];
  if (!after) return null;
  return before && at - before.at < after.at - at ? before : after;
}
