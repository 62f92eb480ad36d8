import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { forgetSupervision, takeSupervision, useSupervision, type Actor, type SupervisionItem } from '@/stores/supervision';
import { renderPage, scriptedClient } from '@/test-support';

import { SupervisionPage } from './SupervisionPage';

vi.mock('@/stores/streams', () => ({ followSupervision: () => () => undefined }));

const PLANT = 'root/plant:small';

function anActor(changes: Partial<Actor> & Pick<Actor, 'key' | 'name' | 'role'>): Actor {
  return {
    importance: 'AUXILIARY', health: 'RUNNING', reason: null, restarts: 0, lastError: null, startedAt: '2026-01-01T00:00:00Z', detail: null,
    mailboxDepth: 0, mailboxOldestSeconds: 0, notPausable: null, ...changes,
  };
}

const sensor = anActor({ key: `${PLANT}/unit:reactor/sensor:XMEAS_7`, name: 'XMEAS_7', role: 'sensor', mailboxDepth: 3, mailboxOldestSeconds: 7.5 });
const desk = anActor({ key: `${PLANT}/alarm desk:alarms`, name: 'alarms', role: 'alarm desk', notPausable: 'no alarm would be raised' });
const unit = anActor({ key: `${PLANT}/unit:reactor`, name: 'reactor', role: 'unit', children: [sensor] });
const tree = anActor({ key: 'root', name: 'root', role: 'root', children: [anActor({ key: PLANT, name: 'small', role: 'plant', children: [desk, unit] })] });

interface Order {
  input: { key: string; reason: string; idempotencyKey: string };
}

function show({ allowed = true, message = '' } = {}) {
  const reason = allowed ? null : 'needs the role engineer';
  const permissions = ['supervision:restart', 'supervision:pause'].map((action) => ({ action, allowed, reason }));
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'VIEWER', permissions } } }),
    PauseActor: () => ({
      data: { pauseActor: message ? { ok: false, actor: null, userErrors: [{ code: 'UNAVAILABLE', path: ['input', 'key'], message }] } : { ok: true, actor: { ...sensor, health: 'PAUSED', reason: 'paused by a: it drifts' }, userErrors: [] } },
    }),
  });
  renderPage(<SupervisionPage />, scripted);
  return scripted.asked;
}

const row = (name: string) => screen.getByRole('row', { name: new RegExp(name) });

beforeEach(() => {
  forgetSupervision();
  takeSupervision({ __typename: 'SupervisionSnapshot', cursor: '1-0', tree } as SupervisionItem);
});

async function openSensor() {
  await userEvent.click(screen.getByRole('button', { name: 'Open reactor' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Orders for sensor XMEAS_7' }));
}

test('a pause asks for a reason, is sent with it, and shows', async () => {
  const asked = show();
  await openSensor();
  await userEvent.click(await screen.findByRole('menuitem', { name: /Pause/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Pause sensor XMEAS_7' });
  const send = within(dialog).getByRole('button', { name: 'Pause' });
  expect(send).toBeDisabled();
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Reason/ }), ' it drifts ');
  await userEvent.click(send);
  const orders = () => asked.filter((a) => a.operation === 'PauseActor').map((a) => (a.variables as unknown as Order).input);
  await waitFor(() => expect(orders()).toMatchObject([{ key: sensor.key, reason: 'it drifts' }]));
  expect(orders()[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  await waitFor(() => expect(row('XMEAS_7')).toHaveTextContent('Paused'));
  expect(row('XMEAS_7')).toHaveTextContent('paused by a: it drifts');
});

test('an order that is not carried out says why', async () => {
  show({ message: 'a part of the tree is being restarted' });
  await openSensor();
  await userEvent.click(await screen.findByRole('menuitem', { name: /Pause/ }));
  await userEvent.type(await screen.findByRole('textbox', { name: /Reason/ }), 'why not');
  await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('a part of the tree is being restarted');
});

test('what may not be ordered is disabled with its reason', async () => {
  show({ allowed: false });
  await openSensor();
  const item = await screen.findByRole('menuitem', { name: /Restart/ });
  await waitFor(() => expect(item).toHaveTextContent('needs the role engineer'));
  expect(item).toHaveAttribute('data-disabled', 'true');
});

test('who may not be paused says why', async () => {
  show();
  await userEvent.click(screen.getByRole('button', { name: 'Orders for alarm desk alarms' }));
  const item = await screen.findByRole('menuitem', { name: /Pause/ });
  await waitFor(() => expect(item).toHaveTextContent('no alarm would be raised'));
  expect(item).toHaveAttribute('data-disabled', 'true');
});

test('the mailbox shows its depth and the age of its oldest message', async () => {
  show();
  await userEvent.click(screen.getByRole('button', { name: 'Open reactor' }));
  expect(row('XMEAS_7')).toHaveTextContent('7.50 s');
});

test('a filter leaves those of a name, with who is above them', async () => {
  show();
  await userEvent.type(screen.getByRole('textbox', { name: 'Filter by name or role' }), 'xmeas');
  expect(row('XMEAS_7')).toBeInTheDocument();
  expect(screen.queryByRole('row', { name: /alarm desk/ })).not.toBeInTheDocument();
});

test('a diff renews what it names and takes away what is gone', () => {
  const changed = { ...unit, children: undefined, restarts: 2 };
  takeSupervision({ __typename: 'SupervisionDiff', cursor: '1-0', gone: [desk.key], changes: [{ key: unit.key, fields: ['restarts'], actor: changed }] });
  const plant = useSupervision.getState().tree?.children?.[0];
  expect(plant?.children?.map((child) => child.key)).toEqual([unit.key]);
  expect(plant?.children?.[0]).toMatchObject({ restarts: 2, children: [sensor] });
});
