const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The moment of a wall time here, as the browser's field writes it (`2026-11-25T10:00`); null for what is none. */
export function moment(local: string | null): string | null {
  const at = local ? new Date(local) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

/** Where a period of so many hours up to now begins: at a whole minute, so that the same question is not another one with every tick. */
export function since(period: string | null, now: number): string | null {
  if (period === null) return null;
  return new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS - Number(period) * HOUR_MS).toISOString();
}
