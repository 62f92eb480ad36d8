import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { figure, PerformancePage } from './PerformancePage';

const board = {
  __typename: 'AlarmKpis', from: '2026-01-01T00:00:00Z', to: '2026-01-01T08:00:00Z', live: true, level: 'ROBUST', calls: 12, newAlarms: 30,
  acknowledged: 9, acknowledgeSecondsP50: 40, acknowledgeSecondsP95: 200, shelfRenewals: 1,
  rows: [
    { key: 'CALLS_PER_DAY', title: 'Annunciated per day', actual: 36, unit: '', target: '≤ 144', manageable: '≤ 288', verdict: 'MET' },
    { key: 'TIME_IN_FLOOD', title: 'Time in flood', actual: 2.083, unit: '%', target: '< 1 %', manageable: null, verdict: 'MISSED' },
    { key: 'TOP_TEN_SHARE', title: 'Share of the 10 most frequent', actual: null, unit: '%', target: '≤ 5 %', manageable: null, verdict: 'UNKNOWN' },
  ],
  standing: { listed: 4, unacknowledged: 2, shelved: 1, suppressed: 0, outOfService: 0 },
  priorityMix: { low: 8, medium: 3, high: 1, critical: 0 },
  periods: [{ start: '2026-01-01T01:00:00Z', calls: 12, newAlarms: 30 }],
  floods: [{ from: '2026-01-01T01:02:00Z', to: '2026-01-01T01:12:00Z' }],
  nuisances: { chattering: [{ key: 'XMEAS_7/HIGH', title: 'Reactor pressure high', count: 3 }], fleeting: [], stale: [], badActors: [], redundant: [{ first: 'A', second: 'B', count: 10, share: 0.9 }] },
};
const plant = { id: 'plant', consoles: [{ key: 'plant', name: 'Whole plant' }], flood: { active: false, since: null, count: 3 } };

const show = () => {
  const { client } = scriptedClient({ Performance: () => ({ data: { plant, kpiBoard: board } }) });
  renderPage(<PerformancePage />, { client });
};

test('each figure stands beside its target, and says by words whether it is met', async () => {
  show();
  const tiles = within(await screen.findByRole('list', { name: 'Figures against their targets' })).getAllByRole('listitem');
  expect(tiles.map((tile) => tile.textContent)).toEqual([
    'Annunciated per day36✓ mettarget ≤ 144, manageable ≤ 288',
    'Time in flood2.08 %✕ missedtarget < 1 %',
    'Share of the 10 most frequent–– nothing to judgetarget ≤ 5 %',
  ]);
});

test('nuisances lead to their alarm, and the export asks for what is shown', async () => {
  show();
  expect(await screen.findByRole('link', { name: 'Reactor pressure high' })).toHaveAttribute('href', '/alarms?alarm=XMEAS_7%2FHIGH');
  expect(screen.getByText('A → B')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Export CSV' })).toHaveAttribute('href', '/exports/kpis.csv?from=2026-01-01T00%3A00%3A00Z&to=2026-01-01T08%3A00%3A00Z');
});

test('a figure has as many digits as say something', () => {
  expect([null, 0, 12, 1.234, 12.34, 123.4].map(figure)).toEqual(['–', '0', '12', '1.23', '12.3', '123']);
});
