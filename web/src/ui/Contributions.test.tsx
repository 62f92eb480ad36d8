import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { Contributions } from './Contributions';

const shares = [
  { share: 0.1, tag: { key: 'XMV_10', name: 'Reactor cooling water flow' } },
  { share: 0.6, tag: { key: 'XMEAS_21', name: 'Reactor cooling water outlet temperature' } },
  { share: -0.01, tag: { key: 'XMEAS_1', name: 'A feed' } },
];

test('the largest comes first, and the tag of each bar is whole', () => {
  render(<Contributions shares={shares} most={2} />);
  const bars = screen.getByRole('img', { name: 'Contributions: Reactor cooling water outlet temperature 60 %, Reactor cooling water flow 10 %' });
  const rows = [...bars.children].map((row) => row.textContent);
  expect(rows).toEqual(['XMEAS 21 Reactor cooling water outlet temperature60 %', 'XMV 10 Reactor cooling water flow10 %']);
  expect(bars.querySelectorAll('[style]')[0]).toHaveStyle({ width: '100%' });
});

test('a share below zero has no bar', () => {
  render(<Contributions shares={shares.slice(2)} />);
  expect(screen.getByTitle('XMEAS 1 A feed: 0.0 %').querySelector('[style]')).toHaveStyle({ width: '0%' });
});
