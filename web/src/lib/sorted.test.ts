import { expect, test } from 'vitest';

import { exchanged } from './sorted';

const ascending = (a: number, b: number) => a - b;

test('some go, others come, and the order holds', () => {
  expect(exchanged([1, 3, 5, 7], [3, 7], [9, 0, 4], ascending)).toEqual([0, 1, 4, 5, 9]);
  expect(exchanged([], [], [2, 1], ascending)).toEqual([1, 2]);
  expect(exchanged([1, 2], [1, 2], [], ascending)).toEqual([]);
});

test('one that moves goes and comes', () => {
  const item = { at: 1 };
  const moved = { at: 9 };
  const other = { at: 5 };
  expect(exchanged([item, other], [item], [moved], (a, b) => a.at - b.at)).toEqual([other, moved]);
});

test('without a change it is the same list, and who does not stand there is passed over', () => {
  const list = [1, 3];
  expect(exchanged(list, [], [], ascending)).toBe(list);
  expect(exchanged(list, [2, 9], [], ascending)).toEqual([1, 3]);
});

test('it gives what sorting everything anew gives', () => {
  // A generator with a known end, so that a failure is the same failure again.
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  let list: readonly number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const gone = list.filter(() => random(4) === 0);
    const left = list.filter((item) => !gone.includes(item));
    const come = [...new Set(Array.from({ length: random(12) }, () => random(1000)))].filter((item) => !left.includes(item));
    list = exchanged(list, gone, come, ascending);
    expect(list).toEqual([...left, ...come].sort(ascending));
  }
});
