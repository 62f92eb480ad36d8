import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { expect, test } from 'vitest';

import { useLive } from '@/stores/live';
import { renderPage, scriptedClient } from '@/test-support';

import { IncidentPage } from './IncidentPage';
import { causeKey, headline, inOrderOfDeparture, tripWords } from './words';

const cause = (number: number) => ({ key: `idv-${number}`, name: `Fault ${number}` });
const tag = (key: string) => ({ id: key, key, name: `Tag ${key}`, unit: { id: 'u', key: 'reactor', name: 'Reactor' } });
const incident = {
  occurrenceId: 'o1', calledBy: 'ALARM', chart: null, underOccurrenceId: null, later: [], alarmKey: 'pca/VERDICT', detectorKey: 'pca', raisedAt: '2026-01-01T08:09:00Z', departedAt: '2026-01-01T08:03:00Z', until: '2026-01-01T10:03:00Z',
  updatedAt: '2026-01-01T10:03:00Z', certainty: 'ONE_OF', inconclusiveBecause: null, library: 'incidents-1',
  alarm: { id: 'a', key: 'pca/VERDICT', title: 'Plant unlike normal', severity: 'MEDIUM', state: 'UNACKNOWLEDGED', active: true, occurrenceId: 'o1' },
  causes: [{ cause: cause(4), score: 0.6, support: 10, possible: true }, { cause: cause(11), score: 0.399, support: 10, possible: true }, { cause: cause(14), score: 0.001, support: 9, possible: false }],
  roots: [{ share: 0.5, departedAt: '2026-01-01T08:06:00Z', tag: tag('XMEAS_9') }, { share: 0.3, departedAt: '2026-01-01T08:03:00Z', tag: tag('XMV_10') }],
  timeToTrip: { earlyMinutes: 30, medianMinutes: 60, lateMinutes: 120, tripped: 4, of: 20 },
  similar: [{ key: 'idv-4/3', distance: 0.9, own: false, cause: cause(4) }, { key: 'o0', distance: 1.2, own: true, cause: cause(11) }],
  verdict: null,
};

const mayJudge = () => ({ data: { viewer: { id: 'u', name: 'olga', role: 'OPERATOR', permissions: [{ action: 'explanation:judge', allowed: true, reason: null }] } } });

const show = (found: unknown) => {
  const { client } = scriptedClient({ Incident: () => ({ data: { incident: found } }) });
  renderPage(<Routes><Route path="/incidents/:occurrence" element={<IncidentPage />} /></Routes>, { client, path: '/incidents/o1' });
};

test('what cannot be told apart is said so, with what is possible and how long there is', async () => {
  show(incident);
  const head = await screen.findByRole('region', { name: 'What can be told' });
  expect(within(head).getByText('One of 2 causes that cannot be told apart')).toBeInTheDocument();
  expect(within(head).getByRole('note')).toHaveTextContent('The plant may shut itself down in about 1 h 00 min (30 min to 2 h 00 min) of plant time, as 4 of 20 known incidents');
  expect(screen.getAllByTitle('Possible by what has been seen')).toHaveLength(2);
  expect(screen.getByText('< 1 %')).toBeInTheDocument();
});

test('what was told hours ago is no forecast, though the alarm stands', async () => {
  useLive.setState({ at: Date.parse('2026-01-01T13:00:00Z') });
  show(incident);
  expect(await screen.findByRole('note')).toHaveTextContent(/^When it was last looked at/);
  expect(screen.getByText(/is not diagnosed any more/)).toBeInTheDocument();
  useLive.setState({ at: null });
});

test('of an incident that is over, nobody is warned', async () => {
  show({ ...incident, alarm: { ...incident.alarm, active: false, state: 'RTN_UNACKNOWLEDGED' } });
  const note = await screen.findByRole('note');
  expect(note).toHaveTextContent(/^When it was last looked at, at .* plant time, a shutdown was to be expected in about 1 h 00 min/);
});

test('what began while the alarm stood already leads to what raised it, and back', async () => {
  show({ ...incident, occurrenceId: 'o2', calledBy: 'LATER_ONSET', underOccurrenceId: 'o1' });
  expect(await screen.findByRole('link', { name: 'What raised the alarm' })).toHaveAttribute('href', '/incidents/o1');
  expect(screen.getByRole('note')).toHaveTextContent(/^The plant may shut itself down/);
  cleanup();
  show({ ...incident, later: [{ occurrenceId: 'o2', departedAt: '2026-01-01T09:30:00Z' }] });
  expect(await screen.findByText(/something else has begun since/)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: /30/ })).toHaveAttribute('href', '/incidents/o2');
});

test('an advisory says that no alarm was raised, and warns of nothing that stands', async () => {
  show({ ...incident, calledBy: 'ADVISORY', chart: 'slow', alarm: { ...incident.alarm, occurrenceId: null, active: false, state: 'NORMAL' } });
  expect(await screen.findByText(/The chart slow advises; no alarm was raised/)).toBeInTheDocument();
  expect(screen.queryByText(/It is over/)).not.toBeInTheDocument();
  expect(screen.getByRole('note')).toHaveTextContent(/^When it was last looked at/);
});

test('without causes the page says why there are none', async () => {
  const why = 'No library of incidents fits this plant, so there is nothing to compare it with.';
  show({ ...incident, certainty: 'INCONCLUSIVE', inconclusiveBecause: why, causes: [], similar: [], library: '', timeToTrip: null });
  expect(await screen.findAllByText(why)).toHaveLength(2);
});

test('tags stand in the order in which they departed, and own incidents can be opened', async () => {
  show(incident);
  const order = await screen.findByRole('list', { name: 'In the order in which they departed' });
  expect(within(order).getAllByRole('link').map((link) => link.textContent)).toEqual(['XMV 10', 'XMEAS 9']);
  expect(screen.getByRole('link', { name: 'of this plant' })).toHaveAttribute('href', '/incidents/o0');
});

test('an occurrence that was never diagnosed is no error', async () => {
  show(null);
  expect(await screen.findByText(/This occurrence has not been diagnosed/)).toBeInTheDocument();
});

test('words say what is known and no more', () => {
  expect(headline('ONE', [{ score: 1, possible: true, cause: cause(5) }])).toBe('Fault 5');
  expect(headline('INCONCLUSIVE', [])).toBe('Inconclusive');
  expect(causeKey('xmv-4-held')).toBe('XMV 4 HELD');
  expect(tripWords({ earlyMinutes: 60, medianMinutes: 60, lateMinutes: 60 })).toBe('in about 1 h 00 min');
  expect(inOrderOfDeparture([{ departedAt: null }, { departedAt: '2026-01-01T00:00:00Z' }])[0]?.departedAt).not.toBeNull();
});

test('a person says what it was, by a cause that is known', async () => {
  let found: unknown = incident;
  const verdict = { judgement: 'WRONG', cause: { key: 'idv-14', name: 'Fault 14' }, comment: 'the valve stuck', by: 'olga', at: '2026-01-01T11:00:00Z' };
  const { client, asked } = scriptedClient({
    Incident: () => ({ data: { incident: found } }),
    IncidentCauses: () => ({ data: { incidentCauses: [cause(4), cause(14), cause(20)] } }),
    Viewer: mayJudge,
    JudgeIncident: () => {
      found = { ...incident, verdict };
      return { data: { judgeIncident: { incident: found, userErrors: [] } } };
    },
  });
  const user = userEvent.setup();
  renderPage(<Routes><Route path="/incidents/:occurrence" element={<IncidentPage />} /></Routes>, { client, path: '/incidents/o1' });
  const begin = await screen.findByRole('button', { name: 'Say what it was…' });
  await waitFor(() => expect(begin).toBeEnabled());
  await user.click(begin);
  await user.click(screen.getByRole('radio', { name: 'wrong' }));
  await user.click(screen.getByRole('combobox', { name: 'True cause' }));
  await user.click(await screen.findByRole('option', { name: 'IDV 14 Fault 14' }));
  await user.type(screen.getByRole('textbox', { name: 'Comment' }), 'the valve stuck');
  await user.click(screen.getByRole('button', { name: 'Keep it' }));
  expect(await screen.findByText('the valve stuck')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Say it anew…' })).toBeInTheDocument();
  const sent = asked.find((one) => one.operation === 'JudgeIncident')?.variables['input'];
  expect(sent).toMatchObject({ occurrenceId: 'o1', judgement: 'WRONG', cause: 'idv-14', comment: 'the valve stuck' });
});

test('a refused verdict says why and stays open', async () => {
  const { client } = scriptedClient({
    Incident: () => ({ data: { incident } }),
    IncidentCauses: () => ({ data: { incidentCauses: [] } }),
    Viewer: mayJudge,
    JudgeIncident: () => ({ data: { judgeIncident: { incident: null, userErrors: [{ code: 'NOT_FOUND', message: 'this occurrence has not been diagnosed', path: ['input', 'occurrenceId'] }] } } }),
  });
  const user = userEvent.setup();
  renderPage(<Routes><Route path="/incidents/:occurrence" element={<IncidentPage />} /></Routes>, { client, path: '/incidents/o1' });
  const begin = await screen.findByRole('button', { name: 'Say what it was…' });
  await waitFor(() => expect(begin).toBeEnabled());
  await user.click(begin);
  await user.click(screen.getByRole('button', { name: 'Keep it' }));
  expect(await screen.findByText(/has not been diagnosed/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Keep it' })).toBeInTheDocument();
});
