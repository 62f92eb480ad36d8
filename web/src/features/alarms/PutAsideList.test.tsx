import { screen, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';

import { forgetAlarms, takeAlarms, type Alarm } from '@/stores/alarms';
import { anAlarm, renderPage, scriptedClient } from '@/test-support';

import { PutAsideList } from './PutAsideList';

const rule = { __typename: 'SuppressionRule', id: 'r', key: 'plant-tripped', title: 'The plant has tripped', why: 'Nothing moves.', expression: 'true', state: 'HOLDS', enabled: true, since: null, problem: null, switchedBy: null, reason: null, alarms: [] };

function show(state: 'SUPPRESSED' | 'SHELVED' | 'OUT_OF_SERVICE', alarms: Alarm[]) {
  takeAlarms([{ __typename: 'AlarmSnapshot', cursor: 'c', part: 1, parts: 1, alarms }]);
  const { client } = scriptedClient({
    SuppressionRules: () => ({ data: { suppressionRules: [rule] } }),
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'mina', role: 'OPERATOR', permissions: [] } } }),
  });
  renderPage(<PutAsideList state={state} onOpen={() => undefined} />, { client });
}

const titles = () => screen.getAllByRole('row').slice(1).map((one) => one.textContent);

beforeEach(forgetAlarms);

test('what a rule hides stands beneath its words, said once; first whose condition holds', async () => {
  const hidden = { state: 'SUPPRESSED', suppressedBy: 'plant-tripped' } as const;
  show('SUPPRESSED', [
    anAlarm({ key: 'a', title: 'Level low', severity: 'CRITICAL', active: false, ...hidden }),
    anAlarm({ key: 'b', title: 'Flow low', severity: 'LOW', active: true, ...hidden }),
  ]);
  expect(await screen.findByText('The plant has tripped', { selector: 'strong' })).toBeInTheDocument();
  expect(screen.getAllByText(/Nothing moves\./)).toHaveLength(1);
  const [words, first, second] = titles();
  expect(words).toContain('hides 2: Nothing moves.');
  expect(first).toContain('Flow low');
  expect(second).toContain('Level low');
});

test('a shelf says when it ends, who has put the alarm there and why', () => {
  show('SHELVED', [anAlarm({ state: 'SHELVED', shelvedUntil: '2026-01-01T00:15:00Z', shelf: { by: 'olga', at: '2026-01-01T00:00:00Z', reason: 'The valve is being repaired' }, comment: 'A later remark' })]);
  const row = screen.getByRole('row', { name: /Reactor pressure high/ });
  expect(within(row).getByText(/^until .*, in/)).toBeInTheDocument();
  expect(within(row).getByText('The valve is being repaired')).toBeInTheDocument();
  expect(within(row).getByText('olga')).toBeInTheDocument();
  expect(within(row).queryByText('A later remark')).not.toBeInTheDocument();
});

test('what is out of service says under which work order, who took it, and why', () => {
  show('OUT_OF_SERVICE', [anAlarm({ state: 'OUT_OF_SERVICE', workOrder: 'WO-17', maintenance: { by: 'maria', at: '2026-01-01T00:00:00Z', reason: 'New transmitter' } })]);
  const row = screen.getByRole('row', { name: /Reactor pressure high/ });
  for (const words of ['under work order WO-17', 'maria', 'New transmitter']) expect(within(row).getByText(words)).toBeInTheDocument();
});

test('what a worse limit hides is told by the title of its alarm', () => {
  show('SUPPRESSED', [anAlarm({ key: 'XMEAS_7/HIGH_HIGH', title: 'Reactor pressure very high' }), anAlarm({ state: 'SUPPRESSED', suppressedBy: 'eclipsed by XMEAS_7/HIGH_HIGH' })]);
  expect(screen.getByText('by the worse alarm Reactor pressure very high')).toBeInTheDocument();
});
