import { act, screen } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';

import { forgetAlarms, takeAlarms } from '@/stores/alarms';
import { forgetConnection, streamChanged, streamRefused } from '@/stores/connection';
import { forgetLive, useLive } from '@/stores/live';
import { useSession } from '@/stores/session';
import { anAlarm, renderPage, scriptedClient } from '@/test-support';

import { Shell } from './Shell';

const source = { kind: 'simulator', state: 'RUNNING', message: null, speed: 20, achievedSpeed: 5, plantTime: null, plantHours: 8.2, controllable: true } as const;

function show() {
  const { client } = scriptedClient({
    PlantState: () => ({ data: { plant: { id: 'p', source, units: [] } } }),
    Plants: () => ({ data: { plants: [] } }),
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'mina', role: 'OPERATOR', permissions: [] } } }),
  });
  renderPage(<Shell />, { client });
}

beforeEach(() => {
  forgetConnection();
  forgetLive();
  forgetAlarms();
  useSession.setState({ phase: 'signed-in', user: { name: 'mina', role: 'OPERATOR' } });
});

test('a lost connection greys the page and says that nothing is current', () => {
  streamChanged('values', 'live');
  streamChanged('alarms', 'live');
  streamChanged('values', 'lost');
  show();
  expect(screen.getByRole('alert')).toHaveTextContent(/Connection lost .* ago\. What you see is not current/);
  expect(screen.getByText('Small plant').closest('[data-connection]')).toHaveAttribute('data-connection', 'lost');
});

test('speed is shown as ordered and as achieved', async () => {
  show();
  expect(await screen.findByText('(5×)')).toBeInTheDocument();
  expect(screen.getByText('20×', { exact: false })).toBeInTheDocument();
});

test('the banner counts by severity and leads to the alarms', () => {
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [anAlarm(), anAlarm({ key: 'b', severity: 'LOW', state: 'ACKNOWLEDGED' })] }]);
  show();
  const banner = screen.getByRole('link', { name: 'Alarms: 0 critical, 1 high, 0 medium, 1 low; 1 unacknowledged' });
  expect(banner).toHaveAttribute('href', '/alarms');
  expect(document.title).toBe('(1) Small plant · TEP');
});

test('the banner leads to the severest alarm that nobody has acknowledged', () => {
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [anAlarm({ key: 'b', title: 'Valve open', severity: 'LOW', annunciatedAt: '2026-01-01T00:01:00Z' }), anAlarm()] }]);
  show();
  expect(screen.getByRole('link', { name: /Reactor pressure high/ })).toHaveAttribute('href', '/alarms?alarm=XMEAS_7%2FHIGH');
  expect(screen.queryByText('Valve open')).toBeNull();
});

test('a plant that has shut down says why, on every page', () => {
  useLive.setState({ source: { ...source, state: 'SHUT_DOWN', message: 'reactor pressure above 3000 kPa gauge' } });
  show();
  expect(screen.getByRole('alert')).toHaveTextContent('The plant has shut down: reactor pressure above 3000 kPa gauge.');
});

test('a break is told with its reason', () => {
  useLive.setState({ breaks: [{ at: null, reason: 'RESTARTED' }] });
  show();
  expect(screen.getByRole('status')).toHaveTextContent('Values are missing: the server was restarted.');
});

test('a page of another version than the server says so, and any other refusal in the words of the server', () => {
  streamRefused('alarms', 'Unknown field "shelf" on type "Alarm".');
  show();
  expect(screen.getByRole('alert')).toHaveTextContent('this page is of another version than the server. Load it anew');
  act(() => streamRefused('alarms', 'too many streams'));
  expect(screen.getByRole('alert')).toHaveTextContent('The server refuses to send what happens: too many streams');
});
