import { expect, test } from 'vitest';

import { tagsIn, targetOf } from './links';

test.each([
  ['IDV_01.md', { within: '/knowledge/disturbances/IDV_01' }],
  ['../responses/reactor-pressure-high.md#what-to-do', { within: '/knowledge/responses/reactor-pressure-high#what-to-do' }],
  ['#trip-risk', { within: '/knowledge/disturbances/IDV_06#trip-risk' }],
  ['https://example.org/a', { outside: 'https://example.org/a' }],
  ['javascript:alert(1)', null],
  ['JAVASCRIPT:alert(1)', null],
  ['data:text/html,x', null],
  ['//example.org/a.md', null],
  ['/api/secret.md', null],
  ['\\\\server\\share.md', null],
  ['../../../outside.md', null],
  ['picture.png', null],
  ['', null],
])('the link %s of an article leads to %o', (href, expected) => {
  expect(targetOf('disturbances/IDV_06', href)).toEqual(expected);
});

test('tags are found in a text, and nothing is lost', () => {
  const isTag = (word: string) => word === 'XMEAS_7' || word === 'XMV_10';
  const text = 'XMEAS_7 is not XMEAS_70; see XMV_10, XMEAS_7/HIGH and a_b.';
  const pieces = tagsIn(text, isTag);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces.filter((piece) => piece.tag).map((piece) => piece.text)).toEqual(['XMEAS_7', 'XMV_10', 'XMEAS_7']);
});
