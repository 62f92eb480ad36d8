import { expect, test } from 'vitest';

import { logTicks } from './Plot';

test.each<[number, number, number[]]>([
  [0.5, 5e6, [1, 100, 1e4, 1e6]],
  [8, 120, [10, 20, 50, 100]],
  [20, 45, [20, 25, 30, 35, 40, 45]],
])('a logarithmic axis from %s to %s has ticks', (low, high, ticks) => {
  const found = logTicks(low, high, 4);
  expect(found.map((tick) => Number(tick.toPrecision(6)))).toEqual(ticks);
});
