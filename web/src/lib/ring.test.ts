import { expect, test } from 'vitest';

import { backoffMs } from './backoff';
import { Ring } from './ring';

test('a full ring forgets the oldest', () => {
  const ring = new Ring(3);
  for (let at = 1; at <= 5; at += 1) ring.push(at, at * 10);
  expect(ring.length).toBe(3);
  expect(ring.readings()).toEqual([{ at: 3, value: 30 }, { at: 4, value: 40 }, { at: 5, value: 50 }]);
  expect(ring.readings(4)).toEqual([{ at: 5, value: 50 }]);
});

test('a missing value is remembered as a gap', () => {
  const ring = new Ring(2);
  ring.push(1, null);
  expect(ring.readings()).toEqual([{ at: 1, value: null }]);
});

test('waiting doubles up to a bound, never all browsers at once', () => {
  expect(backoffMs(0, () => 1)).toBe(400);
  expect(backoffMs(2, () => 1)).toBe(1600);
  expect(backoffMs(50, () => 1)).toBe(15_000);
  expect(backoffMs(0, () => 0)).toBe(200);
});
