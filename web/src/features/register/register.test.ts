import { expect, test } from 'vitest';

import type { RegisterSettingsPartsFragment } from '@/api/generated/graphql';

import { changesOf, draftOf, mistakesOf } from './draft';
import { approval } from './EntryDrawer';
import { atStake, rowOf, severityOf, timeClass } from './words';

const rules = {
  matrix: [
    { belowMinutes: 3, minor: 'MEDIUM', major: 'HIGH', severe: 'CRITICAL' },
    { belowMinutes: 10, minor: 'LOW', major: 'MEDIUM', severe: 'HIGH' },
    { belowMinutes: null, minor: 'LOW', major: 'LOW', severe: 'LOW' },
  ],
} as const;
const matrix = { matrix: [...rules.matrix] };

const settings: RegisterSettingsPartsFragment = {
  cause: 'Rain.',
  consequence: 'A flood.',
  guidance: 'Open the gate.',
  severity: 'HIGH',
  class: null,
  justification: null,
  assessment: null,
  limit: { value: 80, deadband: 2, onDelaySeconds: 15, offDelaySeconds: 15 },
  handling: { latching: false, reAlarmAfterMinutes: null, shelveMinutesMax: 480 },
};

test('the matrix is read as the server reads it', () => {
  expect(severityOf(matrix, 2.9, ['NONE', 'SEVERE', 'MINOR'])).toBe('CRITICAL');
  expect(severityOf(matrix, 3, ['MAJOR', 'NONE', 'NONE'])).toBe('MEDIUM');
  expect(severityOf(matrix, 500, ['SEVERE', 'NONE', 'NONE'])).toBe('LOW');
  expect(severityOf(matrix, 1, ['NONE', 'NONE', 'NONE'])).toBeNull();
  expect([0, 1, 2].map((at) => timeClass(matrix, at))).toEqual(['under 3 min', '3 to 10 min', '10 min and more']);
  expect(rowOf(matrix, 10)).toBe(2);
});

test('what is at stake is said without what is not', () => {
  expect(atStake({ safety: 'SEVERE', environment: 'NONE', economics: 'MAJOR' })).toBe('safety severe, economics major');
  expect(atStake({ safety: 'NONE', environment: 'NONE', economics: 'NONE' })).toBe('');
});

test('only what was changed is proposed', () => {
  const draft = draftOf(settings);
  expect(changesOf(settings, draft)).toEqual({});
  expect(changesOf(settings, { ...draft, value: 84, class: ' quality ', reAlarm: 30 })).toEqual({ limit: { value: 84 }, class: 'quality', handling: { reAlarmAfterMinutes: 30 } });
  expect(changesOf(settings, { ...draft, value: '' })).toEqual({});
  const ofRange = { ...settings, limit: { value: 0.05, deadband: 0.05 * 1.12, onDelaySeconds: 15, offDelaySeconds: 15 } };
  expect(draftOf(ofRange).deadband).toBe(0.056);
  expect(changesOf(ofRange, draftOf(ofRange))).toEqual({});
  const assessed = { ...settings, assessment: { timeToRespondMinutes: 5, safety: 'MINOR', environment: 'NONE', economics: 'NONE', matrixSeverity: 'LOW' } } as const;
  expect(changesOf(assessed, { ...draftOf(assessed), minutes: '' })).toEqual({ assessment: null });
  expect(changesOf(assessed, { ...draftOf(assessed), safety: 'MAJOR' })).toEqual({ assessment: { timeToRespondMinutes: 5, safety: 'MAJOR', environment: 'NONE', economics: 'NONE' } });
});

test('a number that cannot be is refused, not put right', () => {
  const draft = draftOf(settings);
  expect(mistakesOf(settings, draft)).toEqual({});
  expect(mistakesOf(settings, { ...draft, value: -4, deadband: -5, shelve: 0 })).toEqual({ deadband: 'Must be at least 0.', shelveMinutesMax: 'Must be at least 1.' });
  expect(mistakesOf(settings, { ...draft, value: '', onDelay: '-', reAlarm: '' })).toEqual({ value: 'Needs a number.', onDelaySeconds: 'Is no number.' });
  expect(mistakesOf({ ...settings, limit: null }, draftOf({ ...settings, limit: null }))).toEqual({});
});

test('whoever has proposed a change of two people is told why not to approve it', () => {
  const may = { allowed: true, reason: null };
  expect(approval(may, { needsAnotherPerson: true, proposedBy: 'paul' }, 'paul')).toEqual({ allowed: false, reason: 'You have proposed this change; this plant wants another person to approve it.' });
  expect(approval(may, { needsAnotherPerson: true, proposedBy: 'paul' }, 'eva')).toBe(may);
  expect(approval(may, { needsAnotherPerson: false, proposedBy: 'paul' }, 'paul')).toBe(may);
});
