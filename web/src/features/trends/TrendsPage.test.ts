import { expect, test } from 'vitest';

import { laneHeight } from './TrendsPage';

test.each([
  [3, 1080, 198],
  [1, 2160, 320],
  [3, 800, 120],
  [8, 800, 90],
])('%d lanes on a screen of %d pixels are %d high', (lanes, screen, height) => {
  expect(laneHeight(lanes, screen)).toBe(height);
});
