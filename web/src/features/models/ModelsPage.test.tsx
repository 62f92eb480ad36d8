import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { ModelsPage } from './ModelsPage';

const provider = {
  key: 'control-room', model: 'gemma', locality: 'LOCAL', maySee: ['PROCESS'], pseudonyms: false, contextTokens: 8192, jsonSchema: true, streaming: true, inputPrice: 0, outputPrice: 0,
  state: 'RESTING', restingUntil: '2026-01-01T00:00:30Z', held: null, atWork: true, running: 0, concurrentCalls: 2, waiting: 0, answered: 3, failed: 5, inputTokens: 9000, outputTokens: 300, cost: 0, lastError: 'connection refused',
};
const stands = {
  configured: true, order: 'LOCAL_FIRST', currency: 'EUR', questions: 0, killed: null, providers: [provider],
  budget: [{ per: 'day', whose: 'everything', soft: 5, hard: 10, spent: 5.5, reserved: 0, freeAt: '2026-01-02T00:00:00Z' }],
};

const calls = [{
  key: 'c1', at: '2026-01-01T00:00:00Z', who: null, unit: 'reactor', purpose: 'explanation', provider: 'control-room', model: 'gemma', locality: 'LOCAL', prompt: 'explain-alarm@1', promptHash: 'ab'.repeat(32),
  evidenceIds: ['alarm', 'tag:XMEAS_1'], inputTokens: 4964, outputTokens: 247, cost: 0.0345, tookMilliseconds: 5900, outcome: 'answered',
}];

function show({ broker = stands, allowed = true }: { broker?: object; allowed?: boolean } = {}) {
  const permissions = [{ action: 'llm:control', allowed, reason: allowed ? null : 'needs the role administrator' }];
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'ADMINISTRATOR', permissions } } }),
    LanguageModels: () => ({ data: { broker, llmCalls: calls } }),
    KillSwitch: () => ({ data: { killSwitch: { broker, userErrors: [] } } }),
    SetBreaker: () => ({ data: { setBreaker: { broker: null, userErrors: [{ code: 'NOT_FOUND', path: ['input'], message: 'no such provider is configured' }] } } }),
  });
  renderPage(<ModelsPage />, { client: scripted.client, path: '/models' });
  return scripted.asked;
}

test('a provider that rests says why, and the budget says when it warns', async () => {
  show();
  const card = await screen.findByRole('group', { name: 'Provider control-room' });
  expect(within(card).getByText('resting')).toBeInTheDocument();
  expect(card).toHaveTextContent('connection refused');
  expect(screen.getByRole('region', { name: 'Budget' })).toHaveTextContent('5.5000');
});

test('each call stands in the list with whom was told, by hash, and what it took', async () => {
  show();
  const list = await screen.findByRole('region', { name: 'Calls' });
  expect(list).toHaveTextContent('TEP itself');
  expect(list).toHaveTextContent('4,964 / 247');
  expect(list).toHaveTextContent('0.0345 EUR');
  expect(within(list).getByText('abababab')).toHaveAttribute('title', expect.stringContaining('2 parts of the evidence'));
});

test('every call is stopped with a reason only', async () => {
  const asked = show();
  await userEvent.click(await screen.findByRole('button', { name: 'Stop every call…' }));
  const done = await screen.findByRole('button', { name: 'Do it' });
  expect(done).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Why'), 'drill');
  await userEvent.click(done);
  await waitFor(() => expect(asked.find(({ operation }) => operation === 'KillSwitch')?.variables['input']).toMatchObject({ killed: true, reason: 'drill' }));
});

test('why a breaker is not held is told', async () => {
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Put it in service…' }));
  await userEvent.type(await screen.findByLabelText('Why'), 'it is mended');
  await userEvent.click(screen.getByRole('button', { name: 'Do it' }));
  expect(await screen.findByText('no such provider is configured')).toBeInTheDocument();
});

test('without a model it says that nothing leaves', async () => {
  show({ broker: { ...stands, configured: false, order: null, providers: [], budget: [] } });
  expect(await screen.findByText(/nothing is asked and nothing leaves/)).toBeInTheDocument();
});
