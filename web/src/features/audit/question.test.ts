import { expect, test } from 'vitest';

import { alarmOf, auditFilter, exportAddress, questionOf, write } from './question';

const NOW = Date.parse('2026-01-02T00:00:30Z');

test('what stands in the address is asked, and nothing else', () => {
  const asked = questionOf(new URLSearchParams('who=olga&action=alarm%3Ashelve&period=24&refused=yes&page=2'));
  expect(auditFilter(asked, NOW)).toEqual({ who: 'olga', action: 'alarm:shelve', from: '2026-01-01T00:00:00.000Z', to: null, refused: true });
  expect(auditFilter(questionOf(new URLSearchParams('period=9999&who=%20')), NOW)).toBeNull();
  expect(write(new URLSearchParams('x=1&refused=yes'), { ...asked, refused: false, who: '' }).toString()).toBe('x=1&action=alarm%3Ashelve&period=24');
});

test('the table to take away holds the same rows', () => {
  expect(exportAddress(questionOf(new URLSearchParams('')), NOW)).toBe('/exports/audit.csv');
  expect(exportAddress(questionOf(new URLSearchParams('who=olga&refused=yes')), NOW)).toBe('/exports/audit.csv?who=olga&refused=true');
});

test('only an alarm of this plant is linked', () => {
  expect(alarmOf('alarm:tennessee-eastman/XMEAS_7/HIGH', 'tennessee-eastman')).toBe('XMEAS_7/HIGH');
  expect(alarmOf('alarm:elsewhere/XMEAS_7/HIGH', 'tennessee-eastman')).toBeNull();
  expect(alarmOf('plant:tennessee-eastman', 'tennessee-eastman')).toBeNull();
});
