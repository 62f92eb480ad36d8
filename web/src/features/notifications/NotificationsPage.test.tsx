import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { NotificationsPage } from './NotificationsPage';

const dead = {
  id: 'n1', kind: 'RAISED', channel: 'mail', contact: 'olga', alarm: 'XMEAS_7/HIGH', title: 'Reactor pressure high', severity: 'HIGH', state: 'DEAD', attempts: 3,
  createdAt: '2026-01-01T00:00:00Z', nextAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:01:00Z', lastError: 'given up: mail:25 cannot be reached',
};

const everything = {
  channels: [
    {
      key: 'mail', kind: 'EMAIL', place: 'mail:25', state: 'TROUBLED', values: false, contacts: ['olga'], waiting: 2, failures: 4, restingUntil: '2026-01-01T00:02:00Z',
      lastError: 'mail:25 cannot be reached', failedAt: '2026-01-01T00:01:00Z', deliveredAt: null,
    },
  ],
  rosters: [{ key: 'shift', onDuty: ['olga'], localTime: 'Wed 25 Nov 23:10' }],
  routes: [{ key: 'all', severity: 'HIGH', units: [], quiet: true, steps: [{ afterSeconds: 0, notify: ['shift'] }, { afterSeconds: 600, notify: ['chief'] }] }],
  outbox: { edges: [{ cursor: 'c', node: dead }], pageInfo: { hasNextPage: false } },
};

function show({ allowed = true, notifications = everything, path = '/notifications' } = {}) {
  const reason = allowed ? null : 'needs the role engineer';
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'VIEWER', permissions: [{ action: 'notification:manage', allowed, reason }] } } }),
    Notifications: () => ({ data: { notifications } }),
    SendTestNotification: () => ({ data: { sendTestNotification: { notification: null, userErrors: [{ code: 'INVALID_INPUT', path: ['input'], message: 'the channel has no contact' }] } } }),
    RetryNotification: () => ({ data: { retryNotification: { notification: { ...dead, state: 'PENDING' }, userErrors: [] } } }),
  });
  renderPage(<NotificationsPage />, { client: scripted.client, path });
  return scripted.asked;
}

test('a channel that does not get through says so and why, and who is on duty stands beside it', async () => {
  show();
  const channel = await screen.findByRole('group', { name: 'Channel mail' });
  expect(within(channel).getByText('does not get through')).toBeInTheDocument();
  expect(within(channel).getByText(/mail:25 cannot be reached/)).toBeInTheDocument();
  expect(within(channel).getByText(/4 failed in a row/)).toBeInTheDocument();
  const duty = screen.getByRole('region', { name: 'Who is told' });
  expect(duty).toHaveTextContent('On duty now: olga');
  expect(duty).toHaveTextContent('after 10 min: chief');
  expect(duty).toHaveTextContent('quiet now');
});

test('a dead notice is tried again', async () => {
  const asked = show();
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(asked.find(({ operation }) => operation === 'RetryNotification')?.variables).toEqual({ input: { id: 'n1' } }));
});

test('a notice that was not true any more says why it was withdrawn', async () => {
  const lastError = 'withdrawn: the alarm was acknowledged, by olga, 2026-01-01T00:00:30Z';
  const withdrawn = { ...dead, id: 'n2', state: 'SUPERSEDED', attempts: 0, lastError };
  show({ notifications: { ...everything, outbox: { edges: [{ cursor: 'd', node: withdrawn }], pageInfo: { hasNextPage: false } } } });
  expect(await screen.findByText('superseded')).toBeInTheDocument();
  expect(screen.getByText(lastError)).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Try again' })).not.toBeInTheDocument();
  expect(screen.queryByText(/0 attempts/)).not.toBeInTheDocument();
});

test('why a test is not sent is told', async () => {
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Send a test by mail' }));
  expect(await screen.findByText('the channel has no contact')).toBeInTheDocument();
});

test('who may not try a channel sees the button disabled with the reason', async () => {
  show({ allowed: false });
  const button = await screen.findByRole('button', { name: 'Send a test by mail' });
  await waitFor(() => expect(button).toBeDisabled());
  expect(button).toHaveAccessibleDescription('needs the role engineer');
});

test('the filter stands in the address', async () => {
  const asked = show({ path: '/notifications?state=DEAD&channel=mail' });
  await screen.findByRole('table', { name: 'Outbox' });
  expect(asked.find(({ operation }) => operation === 'Notifications')?.variables).toMatchObject({ filter: { states: ['DEAD'], channel: 'mail' } });
});

test('without a channel the page says that nobody is told', async () => {
  show({ notifications: { channels: [], rosters: [], routes: [], outbox: { edges: [], pageInfo: { hasNextPage: false } } } });
  expect(await screen.findByText(/nobody outside of the control room is told/)).toBeInTheDocument();
});
