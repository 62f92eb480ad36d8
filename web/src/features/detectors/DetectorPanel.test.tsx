import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import type { DetectorStatus } from '@/api/generated/graphql';
import type { Detector } from '@/stores/detectors';

import { DetectorPanel } from './DetectorPanel';
import { rowsOf } from './ScoreChart';

const detector: Detector = {
  id: 'd', key: 'pca', name: 'Principal components', method: 'pca', status: 'NORMAL', statusDetail: null, training: null, modelVersion: null, modelTrainedAt: null,
  modelSource: null, modelSamples: null, measuredFalseAlarmRate: null, samplePeriodSeconds: 180, confirmAfter: 6, verdict: null,
};

function show(changes: Partial<Detector>) {
  render(<MantineProvider env="test"><DetectorPanel detector={{ ...detector, ...changes }} tags={[]} points={[]} scale="linear" /></MantineProvider>);
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
  show({ status: 'UNTRAINED', training: { done: 120, total: 480, stage: 'collecting samples' } });
  expect(screen.getByText('Training: collecting samples, 120 of 480')).toBeInTheDocument();
  expect(screen.getByRole('progressbar', { name: 'Training, 25 %' })).toBeInTheDocument();
});

test('samples that are missing leave a gap in the chart', () => {
  const at = (n: number) => ({ at: n, statistics: { T2: 1 }, limits: { T2: 5 } });
  expect(rowsOf([at(0), at(10), at(60)], 'T2', 10, 'linear').map((r) => r.statistic)).toEqual([1, 1, null, 1]);
});

test('a statistic of zero has a place on a logarithmic axis', () => {
  expect(rowsOf([{ at: 0, statistics: { T2: 0 }, limits: { T2: 5 } }], 'T2', 10, 'log')[0]?.statistic).toBeGreaterThan(0);
});
