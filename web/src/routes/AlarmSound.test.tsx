import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { forgetAlarms, takeAlarms, type Alarm } from '@/stores/alarms';
import { setMuted } from '@/stores/sound';
import { anAlarm, renderPage, scriptedClient } from '@/test-support';
import { sound } from '@/ui/tone';

import { AlarmSound } from './AlarmSound';

vi.mock('@/ui/tone', () => ({ sound: vi.fn(() => Promise.resolve(true)), repeatAfterMs: () => 1_000_000 }));

const stand = (...alarms: Alarm[]) => act(() => takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms }]));
const first = anAlarm({ key: 'a', annunciatedAt: '2026-01-01T00:00:01Z' });
const second = anAlarm({ key: 'b', annunciatedAt: '2026-01-01T00:00:02Z' });
const heard = () => vi.mocked(sound).mock.calls.map(([severity]) => severity);

beforeEach(() => {
  forgetAlarms();
  setMuted(false);
  vi.mocked(sound).mockClear();
  vi.mocked(sound).mockResolvedValue(true);
  renderPage(<AlarmSound />, { client: scriptedClient({}).client });
});

test('a second call of the same severity sounds at once', () => {
  stand(first);
  expect(heard()).toEqual(['HIGH']);
  stand(first, second);
  expect(heard()).toEqual(['HIGH', 'HIGH']);
});

test('nothing sounds because an alarm leaves the list or is acknowledged', () => {
  stand(first, second);
  stand(first);
  stand({ ...first, state: 'ACKNOWLEDGED' });
  expect(heard()).toEqual(['HIGH']);
});

test('a member that came silently makes no sound', () => {
  stand({ ...first, group: { leaderKey: 'root', occurrenceId: 'o', since: '2026-01-01T00:00:03Z', silent: true } });
  expect(heard()).toEqual([]);
});

test('muted it is silent, says so, and can be tested all the same', async () => {
  await userEvent.click(screen.getByRole('button', { name: 'Mute' }));
  stand(first);
  expect(heard()).toEqual([]);
  expect(screen.getByRole('button', { name: 'Sound is off' })).toHaveAttribute('aria-pressed', 'true');
  await userEvent.click(screen.getByRole('button', { name: 'Test sound' }));
  expect(heard()).toEqual(['HIGH']);
});

test('when the browser lets nothing sound yet, the first touch sounds and mutes nothing', async () => {
  vi.mocked(sound).mockResolvedValue(false);
  stand(first);
  const button = await screen.findByRole('button', { name: 'No sound yet' });
  vi.mocked(sound).mockResolvedValue(true);
  vi.mocked(sound).mockClear();
  await userEvent.click(button);
  expect(heard()).toEqual(['HIGH']);
  expect(await screen.findByRole('button', { name: 'Mute' })).toHaveAttribute('aria-pressed', 'false');
});
