import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import type { Progress } from './use-progress';
import { WhyPage } from './WhyPage';

let progress: Progress | null = null;
vi.mock('./use-progress', () => ({ useProgress: () => progress }));

beforeEach(() => { progress = null; });

const text = (words: string, segments: object[] = []) => ({ text: words, cites: ['alarm'], segments });

const computed = {
  key: 'e1', explainer: 'deterministic', model: null, prompt: null, evidenceHash: 'abc', restsOn: [] as object[], at: '2026-01-01T00:00:00Z', conclusion: 'CAUSES', claims: 12, struck: 0, tookMilliseconds: 1.5, cost: 0,
  summary: text('Reactor pressure high was raised.'),
  causes: [{ cause: 'cause:idv-6', name: 'A feed lost', article: 'disturbances/IDV_06', confidence: 0.82, contradicts: ['tag:XMEAS_9'], statement: text('Its fingerprint is there.') }],
  course: [text('09:12 A feed fell.')], checks: [text('Look at the supply.')], actions: [text('Hold the purge.')], unknown: [], verdicts: [],
};

const written = {
  ...computed, key: 'e2', explainer: 'control-room', model: 'gemma', prompt: 'explain-alarm@1', struck: 1, tookMilliseconds: 2100, cost: 0.0021,
  summary: text('XMEAS_1 is at 7.5 kscmh.', [
    { text: 'XMEAS_1', claim: 'NAME', source: 'tag:XMEAS_1', struck: false }, { text: ' is at ', claim: null, source: null, struck: false },
    { text: '7.5 kscmh', claim: 'NUMBER', source: null, struck: true }, { text: '.', claim: null, source: null, struck: false },
  ]),
};

const item = (key: string, title: string, more = {}) => ({ key, title, text: 'it says so', tag: null, alarm: null, anchor: null, at: null, ...more });

const evidence = {
  hash: 'abc', frozenAt: '2026-01-01T00:00:00Z', from: '2025-12-31T22:00:00Z', onset: '2025-12-31T23:00:00Z', to: '2026-01-01T00:00:00Z', missing: ['No plant-wide detector had a verdict.'], json: '{}',
  items: [item('alarm', 'Reactor pressure high'), item('tag:XMEAS_1', 'A feed (XMEAS_1)', { tag: 'XMEAS_1' }), item('cause:idv-6', 'A feed lost')],
};

function show({ allowed = true, explanations = [written, computed] as object[], models = true, turns = [] as object[] } = {}) {
  const reason = allowed ? null : 'needs the role operator';
  const permissions = ['explanation:request', 'explanation:judge'].map((action) => ({ action, allowed, reason }));
  const alarmExplanation = { occurrenceId: 'o', evidence: explanations.length > 0 ? evidence : null, explanations, turns };
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'OPERATOR', permissions } } }),
    WhyAlarm: () => ({ data: { alarm: { id: 'a', key: 'XMEAS_7/HIGH', title: 'Reactor pressure high', severity: 'HIGH', state: 'UNACKNOWLEDGED', occurrenceId: 'o' }, alarmExplanation } }),
    ModelsThere: () => ({ data: { broker: { configured: models, currency: 'EUR', killed: null, providers: models ? [{ key: 'control-room', model: 'gemma' }] : [] } } }),
    ExplainAlarm: () => ({ data: { explainAlarm: { explanation: alarmExplanation, userErrors: [] } } }),
    AskAboutAlarm: () => ({ data: { askAboutAlarm: { turn: null, userErrors: [{ code: 'UNAVAILABLE', path: ['input'], message: 'the database does not answer' }] } } }),
    JudgeExplanation: () => ({ data: { judgeExplanation: { explanation: alarmExplanation, userErrors: [] } } }),
  });
  renderPage(<WhyPage />, { client: scripted.client, path: '/why?alarm=XMEAS_7%2FHIGH&occurrence=o' });
  return scripted.asked;
}

test('what is computed stands first, and what a model made up is struck out with its reason', async () => {
  show();
  const regions = await screen.findAllByRole('region');
  const names = regions.map((region) => region.getAttribute('aria-label'));
  expect(names.indexOf('Computed from the evidence')).toBeLessThan(names.indexOf('control-room (gemma)'));
  const model = screen.getByRole('region', { name: 'control-room (gemma)' });
  const struck = within(model).getByText('7.5 kscmh');
  expect(struck.tagName).toBe('DEL');
  expect(struck).toHaveAttribute('title', expect.stringContaining('nothing in the evidence'));
  expect(within(model).getByText(/1 struck out/)).toBeInTheDocument();
});

test('a claim leads to the evidence, and from there to the chart', async () => {
  show();
  await userEvent.click(await screen.findByRole('link', { name: 'XMEAS_1' }));
  const there = document.getElementById('evidence-tag:XMEAS_1');
  await waitFor(() => expect(there).toHaveAttribute('data-marked', 'true'));
  expect(within(there as HTMLElement).getByRole('link', { name: 'chart' })).toHaveAttribute('href', expect.stringContaining('tags=XMEAS_1'));
  expect(screen.getByText('No plant-wide detector had a verdict.')).toBeInTheDocument();
  await userEvent.click(within(there as HTMLElement).getByRole('button', { name: 'Back to the text' }));
  expect(screen.getByRole('link', { name: 'XMEAS_1' })).toHaveFocus();
  expect(there).not.toHaveAttribute('data-marked');
});

test('a verdict goes with its true cause', async () => {
  const asked = show({ explanations: [computed], models: false });
  await userEvent.click(await screen.findByRole('button', { name: 'Was it right?' }));
  await userEvent.click(screen.getByRole('radio', { name: 'partly right' }));
  await userEvent.type(screen.getByLabelText('Or in words'), 'a blocked filter');
  await userEvent.click(screen.getByRole('button', { name: 'Keep it' }));
  await waitFor(() => expect(asked.find(({ operation }) => operation === 'JudgeExplanation')?.variables['input']).toMatchObject({ explanation: 'e1', judgement: 'PARTLY', cause: 'a blocked filter' }));
});

test('why a question is not answered is told, and the question stays', async () => {
  show();
  const question = await screen.findByLabelText('Your question about this alarm');
  await userEvent.type(question, 'How long until a trip?');
  await userEvent.click(screen.getByRole('button', { name: 'Ask' }));
  expect(await screen.findByText('the database does not answer')).toBeInTheDocument();
  expect(question).toHaveValue('How long until a trip?');
});

test('what a model writes is shown as unchecked until it is done', async () => {
  progress = { computed: null, asking: 'control-room', attempt: 0, draft: 'The A feed is lost', written: null, failure: null, over: false, nextLook: null };
  show();
  const live = await screen.findByRole('region', { name: 'Being explained' });
  expect(live).toHaveTextContent('what stands here is not checked yet');
  expect(within(live).getByLabelText('Draft, not checked')).toHaveTextContent('The A feed is lost');
});

test('who may not have it explained sees why', async () => {
  show({ allowed: false, explanations: [] });
  const button = await screen.findByRole('button', { name: 'Explain it now' });
  await waitFor(() => expect(button).toBeDisabled());
  expect(button).toHaveAccessibleDescription('needs the role operator');
});

test('a suspicion says that it is one, and when it is looked at again', async () => {
  progress = { computed: null, asking: null, attempt: 0, draft: '', written: null, failure: null, over: true, nextLook: '2026-01-01T00:30:00Z' };
  show({ explanations: [{ ...computed, conclusion: 'SUSPECTED' }], models: false });
  expect(await screen.findByText(/A first suspicion, not a finding/)).toBeInTheDocument();
  expect(screen.getByRole('status')).toHaveTextContent(/Explained anew by itself at .* plant time/);
});

test('an answer shows the passage that it rests on, as it was when it was given', async () => {
  const turn = {
    key: 't1', at: '2026-01-01T00:00:00Z', askedBy: 'olga', question: 'Whom do I call?', explainer: 'deterministic', model: null, cost: 0, unknown: [],
    answer: [{ text: '“Ring the tank farm.”', cites: ['passage:7'], segments: [] }],
    restsOn: [{ key: 'passage:7', title: 'Feed A: Whom', text: 'Ring the tank farm.', tag: null, anchor: 'documents/feed-a#whom', at: null }],
  };
  show({ explanations: [computed], models: false, turns: [turn] });
  await userEvent.click(await screen.findByRole('button', { name: 'Rests on passage 7' }));
  const link = screen.getByRole('link', { name: 'documents/feed-a#whom' });
  expect(link).toHaveAttribute('href', '/knowledge/documents/feed-a#whom');
  expect(link.closest('details')).toHaveAttribute('open');
});

test('an explanation from earlier evidence leads to that evidence, not to the newest', async () => {
  const then = { key: 'tag:XMEAS_1', title: 'A feed (XMEAS_1)', text: 'it said so then', tag: 'XMEAS_1', anchor: null, at: null };
  show({ explanations: [{ ...written, evidenceHash: 'before', restsOn: [then] }, computed] });
  await userEvent.click(await screen.findByRole('link', { name: 'XMEAS_1' }));
  const told = screen.getByText('it said so then');
  expect(told.closest('details')).toHaveAttribute('open');
  expect(told.parentElement).toHaveAttribute('data-marked', 'true');
  expect(document.getElementById('evidence-tag:XMEAS_1')).not.toHaveAttribute('data-marked');
});

test('what was said earlier stays readable, with what it rested on then', async () => {
  const then = { key: 'tag:XMEAS_1', title: 'A feed (XMEAS_1)', text: 'it stood at -0.5 kscmh', tag: 'XMEAS_1', anchor: null, at: null };
  const first = { ...computed, key: 'e0', evidenceHash: 'before', conclusion: 'SUSPECTED', summary: { ...text('It was too early to tell.'), cites: ['tag:XMEAS_1'] }, restsOn: [then] };
  show({ explanations: [computed, first], models: false });
  expect(screen.queryByText('It was too early to tell.')).toBeNull();
  const earlier = (await screen.findByText(/An earlier explanation/)).closest('details') as HTMLDetailsElement;
  // jsdom opens it by a click, but tells nobody.
  earlier.open = true;
  fireEvent(earlier, new Event('toggle'));
  await userEvent.click(await within(earlier).findByRole('button', { name: 'Rests on XMEAS 1' }));
  const part = within(earlier).getByText('it stood at −0.5 kscmh').parentElement as HTMLElement;
  expect(part).toHaveFocus();
  await userEvent.click(within(part).getByRole('button', { name: 'Back to the text' }));
  expect(within(earlier).getByRole('button', { name: 'Rests on XMEAS 1' })).toHaveFocus();
});
