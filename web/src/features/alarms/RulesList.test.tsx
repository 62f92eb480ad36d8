import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { FirstOut } from './FirstOut';
import { RulesList } from './RulesList';

const rule = {
  __typename: 'SuppressionRule', key: 'plant-tripped', title: 'The plant has tripped', why: 'It stands still.', when: 'active["SYSTEM/PLANT_TRIPPED"]', state: 'HOLDS', holds: true,
  since: '2026-01-01T00:00:00Z', unknown: [], enabled: true, switchedBy: null, switchedAt: null, switchedBecause: null,
  alarms: ['a', 'b', 'c', 'd'].map((key) => ({ __typename: 'Alarm', id: key, key, title: `Alarm ${key}`, state: 'SUPPRESSED' })),
};

function show({ allowed = true, rules = [rule] as unknown[] } = {}) {
  const permissions = [{ action: 'suppression:set', allowed, reason: allowed ? null : 'needs the role engineer' }];
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'erik', role: 'ENGINEER', permissions } } }),
    SuppressionRules: () => ({ data: { suppressionRules: rules } }),
    SetSuppressionRule: () => ({ data: { setSuppressionRule: { rule: { ...rule, enabled: false }, userErrors: [] } } }),
  });
  const onOpen = vi.fn();
  renderPage(<RulesList onOpen={onOpen} />, scripted);
  return { asked: scripted.asked, onOpen };
}

test('a rule is shown with its words, its expression, its state and what it hides', async () => {
  const { onOpen } = show();
  const row = await screen.findByRole('row', { name: /The plant has tripped/ });
  for (const text of ['It stands still.', 'active["SYSTEM/PLANT_TRIPPED"]', 'plant-tripped']) expect(within(row).getByText(text)).toBeInTheDocument();
  expect(row).toHaveTextContent(/holds since/);
  expect(within(row).queryByText('Alarm d')).toBeNull();
  await userEvent.click(within(row).getByRole('button', { name: 'and 1 more' }));
  await userEvent.click(within(row).getByRole('button', { name: 'Alarm d' }));
  expect(onOpen).toHaveBeenCalledWith('d');
});

test('what cannot be evaluated says why', async () => {
  show({ rules: [{ ...rule, state: 'UNKNOWN', holds: false, unknown: ['XMEAS_4 is not known now'] }] });
  const row = await screen.findByRole('row', { name: /The plant has tripped/ });
  expect(row).toHaveTextContent('cannot be evaluated');
  expect(row).toHaveTextContent('XMEAS_4 is not known now');
});

test('switching asks for a reason and sends it with a key', async () => {
  const { asked } = show();
  const button = await screen.findByRole('button', { name: 'Switch The plant has tripped off' });
  await waitFor(() => expect(button).toBeEnabled());
  await userEvent.click(button);
  const dialog = await screen.findByRole('dialog', { name: /Switch off/ });
  const send = within(dialog).getByRole('button', { name: 'Switch off' });
  expect(send).toBeDisabled();
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Reason/ }), ' under test ');
  await userEvent.click(send);
  const orders = () => asked.filter((a) => a.operation === 'SetSuppressionRule').map((a) => a.variables['input']);
  await waitFor(() => expect(orders()).toMatchObject([{ rule: 'plant-tripped', enabled: false, reason: 'under test' }]));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('who may not switch sees the button disabled, with the reason', async () => {
  show({ allowed: false });
  const button = await screen.findByRole('button', { name: /Switch The plant/ });
  await waitFor(() => expect(button).toHaveAccessibleDescription('needs the role engineer'));
  expect(button).toBeDisabled();
});

test('what came first is told while its group is not clear', async () => {
  const first = { __typename: 'Alarm', id: 'a', key: 'XMEAS_7/HIGH_HIGH', severity: 'CRITICAL', title: 'Reactor pressure very high', raisedAt: '2026-01-01T00:00:00Z' };
  const groups = [{ key: 'reactor-trip', title: 'Reactor trip', first }, { key: 'other', title: 'Other', first: null }];
  const { client } = scriptedClient({ FirstOutGroups: () => ({ data: { firstOutGroups: groups } }) });
  const onOpen = vi.fn();
  renderPage(<FirstOut onOpen={onOpen} />, { client });
  expect(await screen.findByRole('status')).toHaveTextContent(/Reactor trip: .*Critical Reactor pressure very high came first/);
  expect(screen.getAllByRole('status')).toHaveLength(1);
  await userEvent.click(screen.getByRole('button', { name: 'Reactor pressure very high' }));
  expect(onOpen).toHaveBeenCalledWith('XMEAS_7/HIGH_HIGH');
});
