import { expect, test } from 'vitest';

import { partName } from './words';

test.each([
  ['alarm', 'this alarm'], ['mode', 'the plant'], ['tag:XMEAS_1', 'XMEAS 1'], ['cause:idv-6', 'IDV 6'], ['verdict:multivariate', 'detector multivariate'],
  ['related:2', 'alarm 2'], ['passage:1', 'passage 1'], ['something', 'something'],
])('%s is called %s', (key, name) => {
  expect(partName(key)).toBe(name);
});
