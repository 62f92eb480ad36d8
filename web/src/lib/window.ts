/**
 * A stretch of plant time as it stands in an address: `from=-8h&to=now` follows the plant, two times are fixed.
 */
export interface TimeWindow {
  from: number;
  to: number;
  /** Whether the end is now and moves. */
  live: boolean;
}

export const presets = [
  { name: '15 min', value: '-15m', ms: 15 * 60_000 },
  { name: '1 h', value: '-1h', ms: 3_600_000 },
  { name: '8 h', value: '-8h', ms: 8 * 3_600_000 },
  { name: '24 h', value: '-24h', ms: 24 * 3_600_000 },
  { name: '48 h', value: '-48h', ms: 48 * 3_600_000 },
] as const;

export const DEFAULT_SPAN = '-1h';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Length in ms of `-90m`, `-8h`, `-2d`; null when it is none. */
export function spanOf(text: string | null): number | null {
  const match = /^-(\d+(?:\.\d+)?)([smhd])$/.exec(text ?? '');
  return match ? Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0) || null : null;
}

/** What an address says, at plant time `now`; nonsense becomes the default rather than an empty page. */
export function windowOf(from: string | null, to: string | null, now: number): TimeWindow {
  const span = spanOf(from) ?? spanOf(DEFAULT_SPAN) ?? 0;
  const start = Date.parse(from ?? '');
  const end = Date.parse(to ?? '');
  if (!Number.isNaN(start) && !Number.isNaN(end) && end > start) return { from: start, to: end, live: false };
  return { from: now - span, to: now, live: true };
}

const SHORTEST_MS = 10_000;

/** The same window, shorter (`factor` < 1) or longer around its middle. */
export function scaled(window: TimeWindow, factor: number): TimeWindow {
  const middle = (window.from + window.to) / 2;
  const half = (Math.max(SHORTEST_MS, window.to - window.from) * factor) / 2;
  return { from: middle - half, to: middle + half, live: false };
}

/** The same window, moved by a share of its length. */
export function shifted(window: TimeWindow, share: number): TimeWindow {
  const by = (window.to - window.from) * share;
  return { from: window.from + by, to: window.to + by, live: false };
}
