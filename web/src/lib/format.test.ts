import { expect, test } from 'vitest';

import { NO_VALUE, decimalsOf, formatAge, formatAxis, formatMoment, formatRecent, formatSpeed, formatStatistic, formatTag, formatTime, formatValue, localClock, withMinus } from './format';

test.each([
  [2705.04, 0.1, '2705.0'],
  [0.25052, 0.0001, '0.2505'],
  [3664.4, 1, '3664'],
  [3664.4, 5, '3664'],
  [-12.34, 0.01, '−12.34'],
  [-0.001, 0.1, '0.0'],
  [null, 0.1, NO_VALUE],
  [Number.NaN, 0.1, NO_VALUE],
])('%s at a resolution of %s reads %s', (value, resolution, text) => {
  expect(formatValue(value, resolution)).toBe(text);
});

test.each([[0.01, 2], [0.1, 1], [1, 0], [5, 0], [0.25, 1], [0, 2]])('a resolution of %s has %s decimals', (resolution, decimals) => {
  expect(decimalsOf(resolution)).toBe(decimals);
});

test.each([
  [-50, '0.0 s'],
  [400, '0.4 s'],
  [12_900, '12 s'],
  [4 * 60_000 + 59_000, '4 min'],
  [2 * 3_600_000 + 5 * 60_000, '2 h 05 min'],
  [76 * 3_600_000, '3 d 4 h'],
])('%s ms are %s old', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test.each([[1, '1×'], [1000, '1000×'], [19.96, '20.0×'], [0, '0×']])('speed %s reads %s', (speed, text) => {
  expect(formatSpeed(speed)).toBe(text);
});

test.each([[52.345, '52.34'], [1.2e7, '1.20 × 10⁷'], [-0.00001, '−1.00 × 10⁻⁵'], [99_999, '100000'], [0, '0'], [null, NO_VALUE]])('statistic %s reads %s', (value, text) => {
  expect(formatStatistic(value)).toBe(text);
});

test.each([[0, '0'], [0.05, '0.05'], [2000, '2000'], [50_000, '50000'], [1e6, '10⁶'], [2e12, '2×10¹²'], [2.5e5, '2.5×10⁵'], [1e-4, '10⁻⁴'], [-3e5, '−3×10⁵']])('%s reads %s beside an axis', (value, text) => {
  expect(formatAxis(value)).toBe(text);
  expect(text.length).toBeLessThanOrEqual(7);
});

test('an axis of time tells the date at midnight', () => {
  expect(['2026-01-02T00:00:00', '2026-01-02T08:05:00', '2026-01-02T08:05:30'].map((at) => formatMoment(new Date(at)))).toEqual(['01-02', '08:05', '08:05:30']);
});

test('nonsense is no time', () => {
  expect(formatTime('soon')).toBe(NO_VALUE);
  expect(formatTime(null)).toBe(NO_VALUE);
  expect(formatTime('2026-01-01T08:12:33')).toBe('2026-01-01 08:12:33');
});

test('a moment of today is told by the clock alone', () => {
  const now = new Date('2026-01-02T09:00:00').getTime();
  expect(formatRecent('2026-01-02T08:12:33', now)).toBe('08:12:33');
  expect(formatRecent('2026-01-01T08:12:33', now)).toBe('2026-01-01 08:12:33');
  expect(formatRecent(null, now)).toBe(NO_VALUE);
});

test('a tag is written without the underscore', () => {
  expect(formatTag('XMEAS_7')).toBe('XMEAS 7');
});

test.each([
  ['-0.0006643 kscmh, limit 0.05', '−0.0006643 kscmh, limit 0.05'],
  ['now 28.38 mol %: -22 σ (-3)', 'now 28.38 mol %: −22 σ (−3)'],
  ['the IDV-6 of 2026-01-01, 2-3 times', 'the IDV-6 of 2026-01-01, 2-3 times'],
])('%s is set as %s', (text, set) => {
  expect(withMinus(text)).toBe(set);
});

test('a time of day is told by the clock of whoever reads', () => {
  const here = new Date('2026-01-01T09:12:30Z');
  const expected = `${String(here.getHours()).padStart(2, '0')}:${String(here.getMinutes()).padStart(2, '0')}`;
  expect(localClock('09:12', '2026-01-01T23:00:00Z')).toBe(expected);
  expect(localClock('9:12:30', '2026-01-01T23:00:00Z')).toBe(`${expected}:30`);
  expect(localClock('an hour ago', '2026-01-01T23:00:00Z')).toBe('an hour ago');
});
