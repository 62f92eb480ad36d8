/**
 * The server's wall time as this browser can best tell it. A control-room computer whose clock is minutes wrong must not
 * make fresh values look old, so ages are taken against the server's clock.
 */
let offsetMs = 0;

/** Learns from an HTTP `Date` header; it has a resolution of a second, so half a second is its best guess. */
export function learnServerDate(header: string | null, now = Date.now()): void {
  const at = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(at)) return;
  const measured = at + 500 - now;
  // Within the header's own uncertainty the clocks agree; correcting would only add noise.
  offsetMs = Math.abs(measured) <= 1500 ? 0 : measured;
}

export function serverNow(now = Date.now()): number {
  return now + offsetMs;
}
