import { expect, test } from 'vitest';

import { anAlarm } from '@/test-support';

import { isListOrder, ordered, type ListOrder } from './order';

const alarm = (key: string, severity: 'LOW' | 'HIGH' | 'CRITICAL', annunciatedAt: string | null, acknowledged = false) => anAlarm({ key, severity, annunciatedAt, acknowledged });

const list = [
  alarm('a', 'LOW', '2026-01-01T00:00:03Z'),
  alarm('b', 'CRITICAL', '2026-01-01T00:00:02Z', true),
  alarm('c', 'HIGH', '2026-01-01T00:00:02Z'),
  alarm('d', 'CRITICAL', '2026-01-01T00:00:01Z'),
  alarm('e', 'LOW', null),
].map((one, at) => (at % 2 === 0 ? one : { ...one, unit: { id: 's', key: 'stripper', name: 'Stripper' } }));

test.each<[ListOrder, string]>([
  ['newest', 'abcde'],
  ['oldest', 'edbca'],
  ['severity', 'dbcae'],
  ['unit', 'caebd'],
])('the list is ordered %s', (order, keys) => {
  expect(ordered(list, order).map((one) => one.key).join('')).toBe(keys);
});

test('an order that nobody knows is none', () => {
  expect(isListOrder('severity')).toBe(true);
  expect(isListOrder('colour')).toBe(false);
  expect(isListOrder(null)).toBe(false);
});
