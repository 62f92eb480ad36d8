import { expect, test } from 'vitest';

import { pageOf, placeOf } from './place';

test.each([
  ['/', null, '/', '/graphql'],
  ['/alarms', null, '/', '/graphql'],
  ['/p/north', 'north', '/p/north', '/plants/north/graphql'],
  ['/p/north/alarms', 'north', '/p/north', '/plants/north/graphql'],
  ['/p/no.such/alarms', null, '/', '/graphql'],
  ['/pumps', null, '/', '/graphql'],
])('%s belongs to plant %s', (pathname, plant, base, api) => {
  expect(placeOf(pathname)).toEqual({ plant, base, api });
});

test.each([
  ['/', '/p/south/'],
  ['/alarms', '/p/south/alarms'],
  ['/p/north/trends', '/p/south/trends'],
  ['/p/north/units/reactor', '/p/south/'],
])('the page %s of another plant is %s', (from, to) => {
  expect(pageOf('south', from)).toBe(to);
});
