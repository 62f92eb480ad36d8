import { beforeEach, expect, test } from 'vitest';

import { forgetDetectors, joined, takeDetectors, useDetectors, type Detector } from './detectors';
import { forgetSupervision, takeSupervision, useSupervision, withActor, type Actor } from './supervision';

const detector = (at: string, changes: Partial<Detector> = {}): Detector => ({
  id: 'd', key: 'pca', name: 'PCA', method: 'pca', status: 'NORMAL', statusDetail: null, training: null, advisory: [], modelKey: null, modelDecidedBy: null, drift: null, shadow: null, modelVersion: 'v1', modelTrainedAt: null, modelSource: null,
  modelSamples: 500, measuredFalseAlarmRate: 0.01, samplePeriodSeconds: 180, confirmAfter: 6,
  verdict: { sourceTime: at, status: 'NORMAL', modelVersion: 'v1', contributions: [], scores: [{ chart: 'T2', statistic: 20, limit: 50, role: 'DECIDING' }] }, ...changes,
});

const actor = (key: string, changes: Partial<Actor> = {}): Actor => ({
  key, name: key, role: 'unit', importance: 'ESSENTIAL', health: 'RUNNING', reason: null, restarts: 0, lastError: null, startedAt: null, detail: null,
  mailboxDepth: 0, mailboxOldestSeconds: 0, notPausable: null, ...changes,
});

beforeEach(() => {
  forgetDetectors();
  forgetSupervision();
});

test('a verdict that is repeated is one point', () => {
  for (const at of ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:03:00Z']) takeDetectors({ __typename: 'DetectorEvent', cursor: 'c', detector: detector(at) });
  expect(useDetectors.getState().arrived['pca']?.map((p) => p.statistics['T2'])).toEqual([20, 20]);
});

test('what arrived follows the history, and nothing of it stands there twice', () => {
  const at = (n: number) => ({ at: n, statistics: {}, limits: {}, shares: {} });
  const history = [at(1), at(2)];
  expect(joined(history, [at(2), at(3)]).map((p) => p.at)).toEqual([1, 2, 3]);
  expect(joined(history, [at(2)])).toBe(history);
  expect(joined([], [at(2)]).map((p) => p.at)).toEqual([2]);
});

test('a discontinuity drops what arrived and asks for the history anew', () => {
  takeDetectors({ __typename: 'DetectorEvent', cursor: 'c', detector: detector('2026-01-01T00:00:00Z') });
  takeDetectors({ __typename: 'Discontinuity', from: null, to: 'c', reason: 'TOO_OLD' });
  expect(useDetectors.getState()).toMatchObject({ arrived: {}, epoch: 1, complete: false });
});

test('a diff renews one actor and keeps its children, and an event is a note', () => {
  takeSupervision({ __typename: 'SupervisionSnapshot', cursor: 'c', tree: { ...actor('root'), children: [{ ...actor('root/a'), children: [] }] } });
  takeSupervision({ __typename: 'SupervisionEvent', cursor: 'd', at: '2026-01-01T00:00:00Z', message: 'restarted', actor: { key: 'root' } });
  expect(useSupervision.getState().tree?.restarts).toBe(0);
  takeSupervision({ __typename: 'SupervisionDiff', cursor: 'd', gone: [], changes: [{ key: 'root', fields: ['restarts'], actor: actor('root', { restarts: 1 }) }] });
  const { tree, notes } = useSupervision.getState();
  expect(tree?.restarts).toBe(1);
  expect(tree?.children?.map((c) => c.key)).toEqual(['root/a']);
  expect(notes[0]).toMatchObject({ actor: 'root', message: 'restarted' });
});

test('a new actor is hung under its parent', () => {
  const tree = withActor(actor('root', { children: [actor('root/a'), actor('root/ab')] }), actor('root/a/x'));
  expect(tree.children?.map((child) => child.children?.map((c) => c.key))).toEqual([['root/a/x'], undefined]);
});
