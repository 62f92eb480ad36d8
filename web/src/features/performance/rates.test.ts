import { expect, test } from 'vitest';

import { barsOf, barWidth } from './rates';

const at = (minutes: number) => Date.UTC(2026, 0, 1) + minutes * 60_000;
const period = (minutes: number, calls: number, newAlarms: number) => ({ start: new Date(at(minutes)).toISOString(), calls, newAlarms });

test('a quiet stretch has a bar of its own, and silent alarms stand upon those that sounded', () => {
  const bars = barsOf([period(0, 2, 5), period(20, 1, 1)], at(0), at(30));
  expect(bars.map(({ calls, silent }) => [calls, silent])).toEqual([[2, 3], [0, 0], [1, 0]]);
});

test('a month is drawn in bars of hours, with nothing lost', () => {
  const bars = barsOf([period(0, 2, 2), period(50, 1, 1)], at(0), at(30 * 1440));
  expect(bars.length).toBeLessThanOrEqual(150);
  expect(bars.reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
});

test('the width goes by the interval', () => {
  expect([barWidth(at(0), at(1440)), barWidth(at(0), at(6 * 1440))]).toEqual([600_000, 3_600_000]);
});
