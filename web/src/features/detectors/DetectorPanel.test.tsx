import { MantineProvider } from '@mantine/core';
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';

import type { DetectorStatus, ModelPartsFragment, TrainingJobPartsFragment } from '@/api/generated/graphql';
import type { Permission } from '@/api/use-permission';
import type { Detector, ScorePoint } from '@/stores/detectors';

import { DetectorPanel } from './DetectorPanel';
import { ModelsPanel } from './ModelsPanel';
import { domainOf, nearestTo, rowsOf, type Scale } from './ScoreChart';
import { barsOf } from './ShareBars';

const detector: Detector = {
  id: 'd', key: 'pca', name: 'Principal components', method: 'pca', status: 'NORMAL', statusDetail: null, training: null, advisory: [], modelKey: null, modelDecidedBy: null, drift: null, shadow: null, modelVersion: null, modelTrainedAt: null,
  modelSource: null, modelSamples: null, measuredFalseAlarmRate: null, samplePeriodSeconds: 180, confirmAfter: 6, verdict: null,
};

const nothing = () => undefined;
const orders = { train: nothing, cancel: nothing, promote: nothing, rollBack: nothing, retire: nothing, publish: nothing, pull: nothing, busy: false, refusal: null };
const allowed: Permission = { allowed: true, reason: null };
const may = { train: allowed, promote: allowed };

function show(changes: Partial<Detector>, points: readonly ScorePoint[] = [], shadowPoints: readonly ScorePoint[] = [], scale: Scale = 'linear') {
  render(<MantineProvider env="test"><DetectorPanel detector={{ ...detector, ...changes }} tags={[]} points={points} shadowPoints={shadowPoints} scale={scale} orders={orders} may={may} /></MantineProvider>);
}

test.each<[DetectorStatus, string | null, string]>([
  ['WARMING_UP', '12 of 20 samples', 'Warming up'],
  ['UNTRAINED', '120 of 480 samples', 'Untrained'],
  ['BLIND', 'blind: XMEAS_39', 'Blind'],
])('%s is said plainly, and never as normal', (status, statusDetail, name) => {
  show({ status, statusDetail });
  expect(screen.getByText(name, { exact: false, selector: '[data-tone]' })).toBeInTheDocument();
  expect(screen.getByText(statusDetail ?? '')).toBeInTheDocument();
  expect(screen.queryByText('Normal')).toBeNull();
});

test('the progress of a training is shown', () => {
  show({ status: 'UNTRAINED', training: { done: 120, total: 480, stage: 'collecting samples', job: 'j' } });
  expect(screen.getByText('Training: collecting samples, 120 of 480')).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Training, 25 %' })).toBeInTheDocument();
});

test('samples that are missing leave a gap in the chart', () => {
  const at = (n: number) => ({ at: n, statistics: { T2: 1 }, limits: { T2: 5 }, shares: {} });
  expect(rowsOf([at(0), at(10), at(60)], 'T2', 10, 'linear').map((r) => r.statistic)).toEqual([1, 1, null, 1]);
});

test('a statistic of zero has a place on a logarithmic axis', () => {
  expect(rowsOf([{ at: 0, statistics: { T2: 0 }, limits: { T2: 5 }, shares: {} }], 'T2', 10, 'log')[0]?.statistic).toBeGreaterThan(0);
});

const model = (changes: Partial<ModelPartsFragment>): ModelPartsFragment => ({
  key: 'm1', detector: 'pca', version: 'var-1', method: 'var', state: 'STAGED', trainedAt: '2026-01-01T00:00:00Z', source: '8 runs', samples: 7680, dataHash: 'abc', artefactHash: 'def',
  settings: '{}', dataRange: [], charts: [{ chart: 'medium', limit: 60, limitAlone: 60, decides: true }], measuredFalseAlarmRate: 0.0098, createdBy: 'erik', decidedBy: null, decidedAt: null,
  decision: null, activatedAt: null, damage: null, publishedAs: null, ...changes,
});

function showModels(models: readonly ModelPartsFragment[], promote = vi.fn(), permission = allowed) {
  render(
    <MantineProvider env="test">
      <ModelsPanel detector={detector} models={models} jobs={[]} registry={null} orders={{ ...orders, promote }} may={{ train: permission, promote: permission }} />
    </MantineProvider>,
  );
  return promote;
}

test('a model is promoted with a reason, and not without', () => {
  const promote = showModels([model({})]);
  fireEvent.click(screen.getByRole('button', { name: 'Promote var-1' }));
  const send = screen.getByRole('button', { name: 'Promote' });
  expect(send).toBeDisabled();
  fireEvent.change(screen.getByLabelText(/Reason/), { target: { value: 'fewer false alarms' } });
  fireEvent.click(send);
  expect(promote).toHaveBeenCalledWith('m1', 'ACTIVE', 'fewer false alarms');
});

test('the model in use can only be replaced', () => {
  showModels([model({ state: 'ACTIVE', activatedAt: '2026-01-01T00:00:00Z' })]);
  expect(screen.queryByRole('button', { name: 'Retire var-1' })).toBeNull();
  expect(screen.getByText('In use')).toBeInTheDocument();
});

test('who may not promote sees why', () => {
  showModels([model({})], vi.fn(), { allowed: false, reason: 'needs the role engineer' });
  expect(screen.getByRole('button', { name: 'Promote var-1' })).toBeDisabled();
  expect(screen.getAllByText('needs the role engineer').length).toBeGreaterThan(0);
});

test('an advisory chart beyond its limit is said, and that it raises nothing', () => {
  show({ advisory: ['slow', 'long'], verdict: { sourceTime: '2026-01-01T00:00:00Z', status: 'NORMAL', modelVersion: 'v', contributions: [], scores: [{ chart: 'slow', statistic: 90, limit: 50, role: 'ADVISING' }] } });
  expect(screen.getByText('Advisory: Slow beyond the limit', { exact: false })).toBeInTheDocument();
  expect(screen.getByText('No alarm is raised.', { exact: false })).toBeInTheDocument();
});

test('a chart that only stands for comparison is no advice', () => {
  show({ advisory: ['slow'], verdict: { sourceTime: '2026-01-01T00:00:00Z', status: 'NORMAL', modelVersion: 'v', contributions: [], scores: [{ chart: 'raw', statistic: 90, limit: 50, role: 'ADVISING' }] } });
  expect(screen.queryByText('Advisory:', { exact: false })).toBeNull();
  expect(screen.getByRole('figure', { name: 'Raw against its limit' })).toHaveTextContent('Raw for comparison, raises nothing');
});

test('a model whose limits cannot be read says so, and not that it has none', () => {
  showModels([model({ charts: [], damage: 'the limits of model var-1 cannot be read (EOF): train anew' })]);
  expect(screen.getByText('the limits of model var-1 cannot be read (EOF): train anew')).toBeInTheDocument();
});

test('a shadow of another method is drawn in charts of its own', () => {
  const point = (chart: string) => ({ at: 0, statistics: { [chart]: 3 }, limits: { [chart]: 9 }, shares: {} });
  show({}, [point('slow')], [point('SPE')]);
  expect(screen.getByRole('figure', { name: 'Slow against its limit' })).not.toHaveTextContent('shadow');
  expect(screen.getByRole('figure', { name: 'SPE against its limit' })).toHaveTextContent('of the model in the shadow, raises nothing');
});

test('a statistic of zero is said as zero', () => {
  show({}, [{ at: 0, statistics: { frozen: 0 }, limits: { frozen: 2.5 }, shares: {} }], [], 'log');
  expect(screen.getByRole('figure', { name: 'Frozen against its limit' })).toHaveTextContent('Frozen 0, limit 2.5');
});

test('an axis holds everything that is drawn, and one without a value is an axis too', () => {
  const rows = [{ at: 0, statistic: 10, limit: 50 }, { at: 1, statistic: 4e6, limit: 50, shadow: null }];
  expect(domainOf(rows, 'log')[1]).toBeGreaterThan(4e6);
  expect(domainOf(rows, 'linear')[0]).toBe(0);
  expect(domainOf([{ at: 0, statistic: null, limit: null }], 'log')).toEqual([0.1, 10]);
});

test('a pointer reads the nearest sample', () => {
  const rows = [{ at: 0 }, { at: 10 }, { at: 20 }];
  expect([-5, 4, 6, 14, 99].map((at) => nearestTo(rows, at)?.at)).toEqual([0, 0, 10, 10, 20]);
  expect(nearestTo([], 5)).toBeNull();
});

test('bars of contributions stand upon each other, one outline a tag', () => {
  const point = { at: 10, statistics: {}, limits: {}, shares: { a: 0.5, b: 0.25 } };
  const before = { ...point, at: 0, shares: {} };
  const after = { ...point, at: 20, shares: { c: 1 } };
  expect(barsOf([before, point, after], ['a', 'b', 'c'], 2, (at) => at, (share) => 100 - 100 * share)).toEqual(['M9.0 100.0V50.0h2.0V100.0z', 'M9.0 50.0V25.0h2.0V50.0z', 'M19.0 100.0V0.0h1.0V100.0z']);
});

test('after a promotion the charts of the model in use come first, and those before are no current value', () => {
  const scored = (chart: string, at: number) => ({ at, statistics: { [chart]: 3 }, limits: { [chart]: 9 }, shares: {} });
  show({ verdict: { sourceTime: '2026-01-01T00:00:00Z', status: 'NORMAL', modelVersion: 'v', contributions: [], scores: [{ chart: 'Ts2', statistic: 3, limit: 9, role: 'DECIDING' }] } }, [scored('slow', 0), scored('Ts2', 1)]);
  expect(screen.getAllByRole('figure').map((figure) => figure.getAttribute('aria-label'))).toEqual(['T² of the state against its limit', 'Slow against its limit']);
  expect(screen.getByRole('figure', { name: 'Slow against its limit' })).toHaveTextContent(/^Slow of the model that was in use before$/);
});

test('that the last training failed is told without a click', () => {
  const job: TrainingJobPartsFragment = { key: 'j', detector: 'pca', method: 'var', from: 'HISTORY', since: null, until: null, files: [], requestedBy: 'erik', requestedAt: '2026-01-01T00:00:00Z', reason: 'try', state: 'FAILED', startedAt: null, endedAt: null, outcome: 'too few rows', model: null };
  render(<MantineProvider env="test"><ModelsPanel detector={detector} models={[]} jobs={[job, { ...job, key: 'k', state: 'DONE', requestedAt: '2025-12-31T00:00:00Z' }]} registry={null} orders={orders} may={may} /></MantineProvider>);
  expect(screen.getByText('2 trainings; the last: failed').closest('details')).toHaveAttribute('open');
});
