import { expect, test } from 'vitest';

import { describe, type UnitState } from './unit-state';

const quiet: UnitState = { health: 'RUNNING', reason: null, severity: null, alarms: 0, unacknowledged: 0, complete: true };

test.each<[string, Partial<UnitState>, string]>([
  ['alarms come first', { severity: 'HIGH', alarms: 2, unacknowledged: 1, health: 'DEGRADED' }, '2 alarms, 1 new'],
  ['one that is acknowledged is not new', { severity: 'HIGH', alarms: 1 }, '1 alarm'],
  ['that its actors run is not told of the plant', {}, 'No alarms'],
  ['before the list is known nothing is claimed', { complete: false }, 'Reading alarms'],
  ['what is not watched as it should says so', { health: 'DEGRADED' }, 'Degraded'],
])('the sign of a unit: %s', (_, changes, said) => {
  expect(describe({ ...quiet, ...changes })).toBe(said);
});
