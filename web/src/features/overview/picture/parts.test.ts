import { expect, test } from 'vitest';

import { valueSize } from './parts';

test('an ordinary value is written large', () => {
  expect(valueSize('2705.12', 'kPa g', false)).toBeGreaterThanOrEqual(16);
  expect(valueSize('75.0', '%', false)).toBe(17);
});

test('a unit with a wide letter leaves less room', () => {
  expect(valueSize('−0.0019', 'kscmh', false)).toBeLessThan(valueSize('−0.0019', 'kscnh', false));
});

test('a long value shrinks until it fits beside its unit, and further beside the mark of its quality', () => {
  const plain = valueSize('−0.0019', 'kscmh', false);
  const marked = valueSize('−0.0019', 'kscmh', true);
  expect(plain).toBeLessThan(17);
  expect(marked).toBeLessThan(plain);
  expect(marked).toBeGreaterThan(9);
});
