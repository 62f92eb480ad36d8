import { expect, test } from 'vitest';

import { scaled, shifted, windowOf } from './window';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const HOUR = 3_600_000;

test.each([
  ['-8h', 'now', NOW - 8 * HOUR],
  ['-15m', null, NOW - HOUR / 4],
  [null, null, NOW - HOUR],
  ['nonsense', 'now', NOW - HOUR],
])('from %s to %s follows the plant', (from, to, start) => {
  expect(windowOf(from, to, NOW)).toEqual({ from: start, to: NOW, live: true });
});

test('two times are a fixed window', () => {
  expect(windowOf('2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', NOW)).toEqual({ from: NOW - 24 * HOUR, to: NOW - 23 * HOUR, live: false });
});

test('a window that ends before it begins falls back to following', () => {
  expect(windowOf('2026-01-01T01:00:00Z', '2026-01-01T00:00:00Z', NOW).live).toBe(true);
});

test('looking closer keeps the middle, moving keeps the length', () => {
  const window = { from: 0, to: 100_000, live: true };
  expect(scaled(window, 0.5)).toEqual({ from: 25_000, to: 75_000, live: false });
  expect(shifted(window, 0.5)).toEqual({ from: 50_000, to: 150_000, live: false });
});
