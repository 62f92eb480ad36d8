const FIRST_MS = 400;
const LONGEST_MS = 15_000;

/** How long to wait before attempt `attempt` (0 for the first), with jitter so that many browsers do not return at once. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random();
}
