import { expect, test } from 'vitest';

import { hiddenBy } from './hidden-by';

test.each([
  ['plant-tripped', 'by the rule The plant has tripped'],
  ['a-rule-that-is-gone', 'by the rule a-rule-that-is-gone'],
  ['eclipsed by XMEAS_7/HIGH_HIGH', 'by the worse alarm Reactor pressure very high'],
  ['eclipsed by XMEAS_8/HIGH_HIGH', 'by the worse alarm XMEAS_8/HIGH_HIGH'],
])('%s reads %s', (by, words) => {
  const rules = [{ key: 'plant-tripped', title: 'The plant has tripped' }];
  expect(hiddenBy(by, rules, (key) => (key === 'XMEAS_7/HIGH_HIGH' ? { title: 'Reactor pressure very high' } : undefined))).toBe(words);
});
