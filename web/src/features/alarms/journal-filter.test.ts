import { expect, test } from 'vitest';

import { exportAddress, journalFilter, questionOf, write } from './journal-filter';

const NOW = Date.parse('2026-11-25T10:00:30Z');

test('a question comes back from its address', () => {
  const asked = questionOf(new URLSearchParams('q=pump&of=XMEAS_7/HIGH&kinds=RAISED,SHELVED&by=olga&period=8&tab=journal'));
  expect(asked).toMatchObject({ text: 'pump', of: 'XMEAS_7/HIGH', kinds: ['RAISED', 'SHELVED'], by: 'olga', period: '8' });
  const params = write(new URLSearchParams('tab=journal'), asked);
  expect(questionOf(params)).toEqual(asked);
  expect(params.get('tab')).toBe('journal');
});

test('what makes no sense in an address is not asked', () => {
  expect(questionOf(new URLSearchParams('kinds=EXPLODED&period=3'))).toMatchObject({ kinds: [], period: null });
  expect(journalFilter(questionOf(new URLSearchParams('from=yesterday')), NOW)).toBeNull();
});

test('a period begins at a whole minute', () => {
  expect(journalFilter(questionOf(new URLSearchParams('period=1')), NOW)).toMatchObject({ from: '2026-11-25T09:00:00.000Z', to: null });
});

test('a file has the rows that the page shows', () => {
  const question = questionOf(new URLSearchParams('of=XMEAS_7/HIGH&kinds=RAISED,SHELVED'));
  expect(exportAddress('north', question, 'csv', NOW)).toBe('/plants/north/exports/journal.csv?alarm=XMEAS_7%2FHIGH&kinds=RAISED%2CSHELVED');
  expect(exportAddress('north', questionOf(new URLSearchParams()), 'json', NOW)).toBe('/plants/north/exports/journal.json');
});
