import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import type { SourcePartsFragment } from '@/api/generated/graphql';
import { forgetLive, takeSource } from '@/stores/live';
import { renderPage, scriptedClient } from '@/test-support';

import { ScenariosPage } from './ScenariosPage';

const source: SourcePartsFragment = { kind: 'simulator', state: 'RUNNING', message: null, speed: 1, achievedSpeed: 1, plantTime: null, plantHours: 0, controllable: true };
const lostFeed = { number: 6, title: 'A feed loss (stream 1)', kind: 'step', effect: 'The A feed stops.', active: false };

interface Order {
  input: { number: number; active: boolean; speed?: number; idempotencyKey: string };
}

function show({ allowed = true, userErrors = [] as { code: string; path: string[]; message: string }[] } = {}) {
  let active = false;
  const answer = (variables: Record<string, unknown>) => {
    const { input } = variables as unknown as Order;
    active = input.active;
    return { source: { ...source, speed: input.speed ?? 1 }, disturbances: [{ ...lostFeed, active }], userErrors };
  };
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'VIEWER', permissions: [{ action: 'source:control', allowed, reason: allowed ? null : 'It needs an operator.' }] } } }),
    Disturbances: () => ({ data: { disturbances: [{ ...lostFeed, active }] } }),
    SetDisturbance: (v) => ({ data: { setDisturbance: answer(v) } }),
    SetSimulationSpeed: (v) => ({ data: { setSimulationSpeed: answer(v) } }),
    ResetSimulation: (v) => ({ data: { resetSimulation: answer(v) } }),
  });
  renderPage(<ScenariosPage />, scripted);
  return scripted.asked;
}

const inputOf = (asked: ReturnType<typeof show>, operation: string) => asked.filter((a) => a.operation === operation).map((a) => (a.variables as unknown as Order).input);
const theSwitch = () => screen.findByRole('switch', { name: 'IDV 6 A feed loss (stream 1)' });

beforeEach(() => {
  forgetLive();
  takeSource(source);
});

test('a disturbance says what it does, and its switch orders it', async () => {
  const asked = show();
  await userEvent.click(await theSwitch());
  await waitFor(() => expect(inputOf(asked, 'SetDisturbance')).toMatchObject([{ number: 6, active: true }]));
  expect(inputOf(asked, 'SetDisturbance')[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  expect(screen.getByText('The A feed stops.')).toBeInTheDocument();
});

test('who may not steer sees everything disabled, with the reason', async () => {
  show({ allowed: false });
  expect(await theSwitch()).toBeDisabled();
  await waitFor(() => expect(screen.getByRole('button', { name: 'Pause' })).toHaveAccessibleDescription('It needs an operator.'));
});

test('a source that cannot be steered says so', async () => {
  takeSource({ ...source, kind: 'replay', controllable: false });
  show();
  await waitFor(() => expect(screen.getByRole('button', { name: 'Reset…' })).toHaveAccessibleDescription('A replay cannot be steered.'));
});

test('a reset is asked twice', async () => {
  const asked = show();
  await waitFor(() => expect(screen.getByRole('button', { name: 'Reset…' })).toBeEnabled());
  await userEvent.click(screen.getByRole('button', { name: 'Reset…' }));
  const dialog = await screen.findByRole('dialog');
  expect(inputOf(asked, 'ResetSimulation')).toEqual([]);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Reset the simulation' }));
  await waitFor(() => expect(inputOf(asked, 'ResetSimulation')).toHaveLength(1));
});

test('a refusal is shown in words', async () => {
  show({ userErrors: [{ code: 'NOT_CONTROLLABLE', path: [], message: 'The plant has tripped; reset it first.' }] });
  await userEvent.click(await theSwitch());
  expect(await screen.findByRole('alert')).toHaveTextContent('The plant has tripped; reset it first.');
});
