import { expect, test } from 'vitest';

import { bucketed, nearest, segments, unusable, type TrendPoint } from './points';

const point = (at: number, value: number | null = 1): TrendPoint => ({ at, min: value, max: value, last: value, usable: value !== null, uncertain: false });
const times = (parts: TrendPoint[][]) => parts.map((part) => part.map((p) => p.at));

test('a series without gaps is one line', () => {
  expect(times(segments([point(0), point(10), point(20)], []))).toEqual([[0, 10, 20]]);
});

test('a bad value breaks the line', () => {
  expect(times(segments([point(0), point(10, null), point(20)], []))).toEqual([[0], [20]]);
});

test('a discontinuity breaks the line even between near points', () => {
  expect(times(segments([point(0), point(10), point(20)], [15]))).toEqual([[0, 10], [20]]);
});

test('missing points break the line', () => {
  expect(times(segments([point(0), point(10), point(20), point(100), point(110)], []))).toEqual([[0, 10, 20], [100, 110]]);
});

test('stretches without a usable value reach to the next point', () => {
  expect(unusable([point(0), point(10, null), point(20, null), point(30), point(40, null)])).toEqual([{ from: 10, to: 30 }, { from: 40, to: 40 }]);
});

test.each([[-5, 0], [4, 0], [6, 10], [99, 20]])('nearest to %s is %s', (at, found) => {
  expect(nearest([point(0), point(10), point(20)], at)?.at).toBe(found);
});

test('live readings fold into buckets that keep minimum and maximum', () => {
  const folded = bucketed([{ at: 1, value: 5 }, { at: 4, value: 9 }, { at: 9, value: 7 }, { at: 12, value: 1 }], 10);
  expect(folded.map(({ min, max, last }) => [min, max, last])).toEqual([[5, 9, 7], [1, 1, 1]]);
});

test('a gap among live readings stays a gap', () => {
  expect(bucketed([{ at: 1, value: 5 }, { at: 2, value: null }, { at: 3, value: 6 }], 10).map((p) => p.usable)).toEqual([true, false, true]);
});
