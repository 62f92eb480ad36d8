import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { forgetAlarms, takeAlarms, useAlarms, type Alarm } from '@/stores/alarms';
import { anAlarm, renderPage, scriptedClient, type Asked } from '@/test-support';

import { AlarmList } from './AlarmList';

const viewer = (allowed: boolean) => ({
  data: { viewer: { id: 'u', name: 'mina', role: 'OPERATOR', permissions: [{ action: 'alarm:acknowledge', allowed, reason: allowed ? null : 'A viewer may not acknowledge.' }, { action: 'alarm:shelve', allowed, reason: allowed ? null : 'A viewer may not shelve.' }, { action: 'alarm:reset', allowed, reason: allowed ? null : 'A viewer may not reset.' }] } },
});

interface Input {
  input: { items: { alarm: string; occurrenceId: string }[]; comment: string | null; idempotencyKey: string };
}

type Answer = (variables: Record<string, unknown>) => unknown;

const taken: Answer = (variables) => ({
  data: {
    answer: {
      userErrors: [],
      results: (variables as unknown as Input).input.items.map(({ alarm }) => ({ alarm, ok: true, userErrors: [], alarmNow: anAlarm({ key: alarm, state: 'ACKNOWLEDGED', acknowledgedBy: 'mina' }) })),
    },
  },
});

function show(alarms: Alarm[], { allowed = true, answer = taken }: { allowed?: boolean; answer?: Answer } = {}) {
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms }]);
  const { client, asked } = scriptedClient({ Viewer: () => viewer(allowed), AcknowledgeAlarms: answer });
  const onOpen = vi.fn();
  renderPage(<AlarmList onOpen={onOpen} />, { client });
  return { asked, onOpen };
}

const row = (name: string | RegExp) => screen.getByRole('row', { name });
const orders = (asked: Asked[]) => asked.filter((a) => a.operation === 'AcknowledgeAlarms').map((a) => (a.variables as unknown as Input).input);
const mayAct = () => waitFor(() => expect(within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' })).toBeEnabled());

beforeEach(forgetAlarms);

test('a row tells severity, title, state by name, unit, value and limit', () => {
  show([anAlarm()]);
  const cells = row(/Reactor pressure high/);
  for (const text of ['High', 'Reactor pressure high', 'Unacknowledged', 'Reactor', '2901.2 kPa gauge', '2895.0 kPa gauge']) expect(within(cells).getByText(text)).toBeInTheDocument();
});

test('an acknowledgement names the occurrence that was seen, and a fresh key', async () => {
  const { asked } = show([anAlarm()]);
  await mayAct();
  await userEvent.click(within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' }));
  await waitFor(() => expect(within(row(/pressure high/)).getByText('Acknowledged')).toBeInTheDocument());
  const [order] = orders(asked);
  expect(order?.items).toEqual([{ alarm: 'XMEAS_7/HIGH', occurrenceId: 'occurrence-1' }]);
  expect(order?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  expect(within(row(/pressure high/)).queryByRole('button', { name: 'Acknowledge' })).toBeNull();
});

test('several are acknowledged with one order and one comment', async () => {
  const { asked } = show([anAlarm(), anAlarm({ key: 'XMEAS_8/LOW', title: 'Reactor level low', occurrenceId: 'occurrence-2' }), anAlarm({ key: 'c', title: 'Seen already', state: 'ACKNOWLEDGED' })]);
  await mayAct();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select all that owe an acknowledgement' }));
  await userEvent.click(screen.getByRole('button', { name: 'With comment…' }));
  await userEvent.type(await screen.findByRole('textbox', { name: 'Comment' }), 'valve is stuck');
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge with a comment' }));
  await waitFor(() => expect(orders(asked)).toHaveLength(1));
  expect(orders(asked)[0]).toMatchObject({
    comment: 'valve is stuck',
    items: [{ alarm: 'XMEAS_7/HIGH', occurrenceId: 'occurrence-1' }, { alarm: 'XMEAS_8/LOW', occurrenceId: 'occurrence-2' }],
  });
});

test('who may not acknowledge sees the button disabled, with the reason', async () => {
  show([anAlarm()], { allowed: false });
  const button = within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' });
  await waitFor(() => expect(button).toHaveAccessibleDescription('A viewer may not acknowledge.'));
  expect(button).toBeDisabled();
});

test('a refusal is told in words, and the row stays', async () => {
  show([anAlarm()], {
    answer: () => ({ data: { answer: { userErrors: [], results: [{ alarm: 'XMEAS_7/HIGH', ok: false, alarmNow: null, userErrors: [{ code: 'OCCURRENCE_MISMATCH', path: [], message: 'It was raised again since.' }] }] } } }),
  });
  await mayAct();
  await userEvent.click(within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Reactor pressure high: It was raised again since.');
  expect(within(row(/pressure high/)).getByText('Unacknowledged')).toBeInTheDocument();
});

test('an order that may have been lost is repeated under the same key', async () => {
  let attempts = 0;
  const { asked } = show([anAlarm()], { answer: (variables) => ((attempts += 1) === 1 ? new TypeError('network') : taken(variables)) });
  await mayAct();
  await userEvent.click(within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(orders(asked)).toHaveLength(2));
  expect(orders(asked)[1]).toEqual(orders(asked)[0]);
});

test('"No alarms." is said only when the list is complete', () => {
  show([]);
  expect(screen.getByText('No alarms.')).toBeInTheDocument();
});

test('before the first snapshot nothing is claimed', () => {
  const { client } = scriptedClient({ Viewer: () => viewer(true) });
  renderPage(<AlarmList onOpen={vi.fn()} />, { client });
  expect(useAlarms.getState().complete).toBe(false);
  expect(screen.getByText('The alarm list is being read…')).toBeInTheDocument();
});

test('the title opens the detail', async () => {
  const { onOpen } = show([anAlarm()]);
  await userEvent.click(screen.getByRole('button', { name: 'Reactor pressure high' }));
  expect(onOpen).toHaveBeenCalledWith('XMEAS_7/HIGH');
});

test('by keyboard: down takes hold of the list, A acknowledges the row, S asks for a shelf', async () => {
  const shelved: Answer = () => ({ data: { answer: { userErrors: [], results: [{ alarm: 'XMEAS_8/LOW', ok: true, userErrors: [], alarmNow: anAlarm({ key: 'XMEAS_8/LOW', title: 'Reactor level low', state: 'SHELVED' }) }] } } });
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [anAlarm({ annunciatedAt: '2026-01-01T00:01:00Z' }), anAlarm({ key: 'XMEAS_8/LOW', title: 'Reactor level low', occurrenceId: 'occurrence-2', shelveMinutesMax: 60 })] }]);
  const { client, asked } = scriptedClient({ Viewer: () => viewer(true), AcknowledgeAlarms: taken, ShelveAlarms: shelved });
  renderPage(<AlarmList onOpen={vi.fn()} />, { client });
  await mayAct();
  await userEvent.keyboard('{ArrowDown}');
  expect(row(/pressure high/)).toHaveFocus();
  await userEvent.keyboard('a');
  await waitFor(() => expect(orders(asked)[0]?.items).toEqual([{ alarm: 'XMEAS_7/HIGH', occurrenceId: 'occurrence-1' }]));
  await userEvent.keyboard('{ArrowDown}s');
  const dialog = await screen.findByRole('dialog', { name: /Shelve for a limited time: 1 alarm/ });
  expect(within(dialog).getByRole('button', { name: 'Shelve for a limited time' })).toBeDisabled();
  await userEvent.type(within(dialog).getByRole('textbox', { name: 'Reason' }), 'being repaired');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Shelve for a limited time' }));
  await waitFor(() => expect(useAlarms.getState().aside.map((alarm) => alarm.key)).toEqual(['XMEAS_8/LOW']));
  const sent = asked.find((a) => a.operation === 'ShelveAlarms')?.variables as unknown as { input: Record<string, unknown> };
  expect(sent.input).toMatchObject({ minutes: 15, oneShot: false, reason: 'being repaired', items: [{ alarm: 'XMEAS_8/LOW', occurrenceId: 'occurrence-2' }] });
});

test('a group is opened and acknowledged as one order, member by member', async () => {
  const group = { leaderKey: 'XMEAS_1/LOW', occurrenceId: 'occurrence-0', since: '2026-01-01T00:00:05Z', silent: true };
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [anAlarm({ key: 'XMEAS_1/LOW', title: 'A feed low', occurrenceId: 'occurrence-0' }), anAlarm({ group, annunciatedAt: null })] }]);
  const { client, asked } = scriptedClient({ Viewer: () => viewer(true), AcknowledgeAlarms: taken });
  renderPage(<AlarmList onOpen={vi.fn()} />, { client });
  await waitFor(() => expect(within(row(/A feed low/)).getByRole('button', { name: 'Acknowledge' })).toBeEnabled());
  expect(screen.queryByRole('button', { name: 'Reactor pressure high' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: /1 alarm that may follow from it, 1 unacknowledged/ }));
  expect(screen.getByRole('button', { name: 'Reactor pressure high' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge group (2)' }));
  await waitFor(() => expect(orders(asked)[0]?.items).toEqual([{ alarm: 'XMEAS_1/LOW', occurrenceId: 'occurrence-0' }, { alarm: 'XMEAS_7/HIGH', occurrenceId: 'occurrence-1' }]));
});

test('what is latched beneath a closed group is said and reset with it, and one alone by its selection', async () => {
  const group = { leaderKey: 'XMEAS_1/LOW', occurrenceId: 'occurrence-0', since: '2026-01-01T00:00:05Z', silent: true };
  const latched = { state: 'LATCHED_ACKNOWLEDGED', acknowledged: true, active: false } as const;
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [anAlarm({ key: 'XMEAS_1/LOW', title: 'A feed low', occurrenceId: 'occurrence-0', ...latched }), anAlarm({ group, annunciatedAt: null, ...latched })] }]);
  const { client, asked } = scriptedClient({ Viewer: () => viewer(true), ResetAlarms: taken });
  renderPage(<AlarmList onOpen={vi.fn()} />, { client });
  expect(await screen.findByRole('button', { name: /1 alarm that may follow from it, 1 to reset/ })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select A feed low' }));
  expect(screen.getByRole('button', { name: 'Reset selected (1)' })).toBeEnabled();
  await userEvent.click(screen.getByRole('button', { name: 'Reset group (2)' }));
  const keys = () => (asked.find((a) => a.operation === 'ResetAlarms')?.variables as unknown as Input | undefined)?.input.items.map(({ alarm }) => alarm);
  await waitFor(() => expect(keys()).toEqual(['XMEAS_1/LOW', 'XMEAS_7/HIGH']));
});

test('a closed group hides who came silently and never who calls; the arrows open and close it', async () => {
  const since = '2026-01-01T00:00:05Z';
  const beneath = { leaderKey: 'XMEAS_1/LOW', occurrenceId: 'occurrence-0', since };
  show([
    anAlarm({ key: 'XMEAS_1/LOW', title: 'A feed low', occurrenceId: 'occurrence-0', state: 'ACKNOWLEDGED' }),
    anAlarm({ key: 'critical', title: 'Reactor pressure very high', severity: 'CRITICAL', annunciatedAt: since, group: { ...beneath, silent: false } }),
    anAlarm({ key: 'silent', title: 'Stripper level low', severity: 'MEDIUM', annunciatedAt: null, group: { ...beneath, silent: true } }),
  ]);
  expect(row(/Reactor pressure very high/)).toBeInTheDocument();
  expect(screen.queryByRole('row', { name: /Stripper level low/ })).toBeNull();
  expect(screen.getByRole('button', { name: /Medium 1 more alarm that may follow from it, 1 unacknowledged/ })).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Acknowledge group (2)' })).toBeInTheDocument();
  await userEvent.keyboard('{ArrowDown}{ArrowRight}');
  expect(row(/Stripper level low/)).toBeInTheDocument();
  await userEvent.keyboard('{ArrowLeft}');
  expect(screen.queryByRole('row', { name: /Stripper level low/ })).toBeNull();
});

test('a key that may not be used says why', async () => {
  show([anAlarm()], { allowed: false });
  await waitFor(() => expect(within(row(/pressure high/)).getByRole('button', { name: 'Acknowledge' })).toHaveAccessibleDescription('A viewer may not acknowledge.'));
  await userEvent.keyboard('{ArrowDown}a');
  expect(screen.getByRole('status')).toHaveTextContent('A viewer may not acknowledge.');
  await userEvent.keyboard('s');
  expect(screen.getByRole('status')).toHaveTextContent('A viewer may not shelve.');
});

test('when its row has left the list, down goes on where it stood', async () => {
  const gone: Answer = () => ({ data: { answer: { userErrors: [], results: [{ alarm: 'b', ok: true, userErrors: [], alarmNow: anAlarm({ key: 'b', state: 'NORMAL' }) }] } } });
  show([
    anAlarm({ annunciatedAt: '2026-01-01T00:03:00Z' }),
    anAlarm({ key: 'b', title: 'Reactor level low', state: 'RTN_UNACKNOWLEDGED', annunciatedAt: '2026-01-01T00:02:00Z' }),
    anAlarm({ key: 'c', title: 'Stripper level low', annunciatedAt: '2026-01-01T00:01:00Z' }),
  ], { answer: gone });
  await mayAct();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}a');
  await waitFor(() => expect(screen.queryByRole('row', { name: /Reactor level low/ })).toBeNull());
  await userEvent.keyboard('{ArrowDown}');
  expect(row(/Stripper level low/)).toHaveFocus();
});

test('a heading orders the list by its column, and that of the age turns it round', async () => {
  show([
    anAlarm({ key: 'a', title: 'Newer and low', severity: 'LOW', annunciatedAt: '2026-01-01T00:02:00Z' }),
    anAlarm({ key: 'b', title: 'Older and critical', severity: 'CRITICAL', annunciatedAt: '2026-01-01T00:01:00Z' }),
  ]);
  const titles = () => screen.getAllByRole('row').slice(1).map((one) => within(one).getAllByRole('button')[0]?.textContent);
  const heading = (name: string) => screen.getByRole('columnheader', { name });
  expect(titles()).toEqual(['Newer and low', 'Older and critical']);
  expect(heading('Age')).toHaveAttribute('aria-sort', 'ascending');
  await userEvent.click(within(heading('Age')).getByRole('button'));
  expect(titles()).toEqual(['Older and critical', 'Newer and low']);
  expect(heading('Age')).toHaveAttribute('aria-sort', 'descending');
  await userEvent.click(within(heading('Severity')).getByRole('button'));
  expect(titles()).toEqual(['Older and critical', 'Newer and low']);
  expect(heading('Severity')).toHaveAttribute('aria-sort', 'ascending');
  expect(heading('Age')).toHaveAttribute('aria-sort', 'none');
});

const many = (count: number) => Array.from({ length: count }, (_, at) => anAlarm({ key: `many-${at}`, title: `Alarm ${at}`, occurrenceId: `of ${at}`, annunciatedAt: new Date(Date.UTC(2026, 0, 1) - at * 1000).toISOString() }));

test('of a long list only a part is drawn, and the keys reach all of it', async () => {
  show(many(1000));
  const table = screen.getByRole('table', { name: 'Alarm list' });
  expect(table).toHaveAttribute('aria-rowcount', '1001');
  expect(table.querySelectorAll('tr[data-alarm]').length).toBeLessThan(151);
  expect(screen.queryByText('Alarm 999')).toBeNull();
  await userEvent.keyboard('{ArrowDown}{End}');
  expect(document.activeElement).toHaveTextContent('Alarm 999');
  expect(document.activeElement).toHaveAttribute('aria-rowindex', '1001');
  await userEvent.keyboard('{ArrowUp}');
  expect(document.activeElement).toHaveTextContent('Alarm 998');
  await userEvent.keyboard('{Home}');
  expect(document.activeElement).toHaveTextContent('Alarm 0');
});

test('who is in focus stays so while others come above it', async () => {
  const alarms = many(400);
  show(alarms);
  await userEvent.keyboard('{ArrowDown}{ArrowDown}');
  expect(document.activeElement).toHaveTextContent('Alarm 1');
  act(() => takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms: [...many(700).map((one) => ({ ...one, key: `new ${one.key}`, title: 'New', annunciatedAt: '2027-01-01T00:00:00Z' })), ...alarms] }]));
  expect(document.activeElement).toHaveTextContent('Alarm 1');
  expect(document.activeElement).toHaveAttribute('aria-rowindex', '703');
  await userEvent.keyboard('{ArrowDown}');
  expect(document.activeElement).toHaveTextContent('Alarm 2');
});

test('more than the server takes in one request are ordered in several', async () => {
  const { asked } = show(many(1200), { answer: (variables) => ({ data: { answer: { userErrors: [], results: (variables as unknown as Input).input.items.map(({ alarm }) => ({ alarm, ok: true, userErrors: [], alarmNow: null })) } } }) });
  await waitFor(() => expect(screen.getAllByRole('button', { name: 'Acknowledge' })[0]).toBeEnabled());
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select all that owe an acknowledgement' }));
  await userEvent.click(screen.getByRole('button', { name: 'Acknowledge selected (1200)' }));
  await waitFor(() => expect(orders(asked).map(({ items }) => items.length)).toEqual([500, 500, 200]));
  expect(new Set(orders(asked).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
});
