import { expect, test } from 'vitest';

import { partsOf } from './use-rows-in-view';

const said = (count: number, from: number, to: number, held: number | null) => partsOf(count, { from, to }, held).map((part) => `${part.before}|${part.from}-${part.to}`).join(' ');

test.each([
  ['all of a short list', said(5, 0, 5, null), '0|0-5 0|5-5'],
  ['what is in view', said(1000, 100, 140, null), '100|100-140 860|1000-1000'],
  ['who holds the keyboard, in view', said(1000, 100, 140, 120), '100|100-140 860|1000-1000'],
  ['who holds the keyboard, above', said(1000, 100, 140, 5), '5|5-6 94|100-140 860|1000-1000'],
  ['who holds the keyboard, below', said(1000, 100, 140, 999), '100|100-140 859|999-1000 0|1000-1000'],
  ['who held the keyboard and has left', said(1000, 100, 140, -1), '100|100-140 860|1000-1000'],
  ['nothing of an empty list', said(0, 0, 0, null), '0|0-0 0|0-0'],
])('drawn is %s', (_, parts, expected) => {
  expect(parts).toBe(expected);
});
