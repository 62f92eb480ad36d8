import { beforeEach, expect, test } from 'vitest';

import type { Quality } from '@/api/generated/graphql';
import type { FrameHost } from '@/lib/frame';

import { forgetLive, framesFrom, oldest, recentReadings, takeValues, useLive, type ValuesItem } from './live';

const START = Date.parse('2026-01-01T00:00:00Z');
const source = { kind: 'simulator', state: 'RUNNING', message: null, speed: 1, achievedSpeed: 1, plantTime: null, plantHours: 0, controllable: true } as const;
let waiting: (() => void)[] = [];
const frames: FrameHost = { requestFrame: (run) => void waiting.push(run), hidden: () => false, onVisible: () => undefined };

function draw() {
  for (const run of waiting.splice(0)) run();
}

function batch(scan: number, values: Record<string, [number | null, Quality]>): ValuesItem {
  return {
    __typename: 'ValuesBatch', cursor: `c:${scan}`, snapshot: false, scan, conflated: 1, source,
    sourceTime: new Date(START + scan * 1000).toISOString(), ingestTime: new Date(START + scan * 1000).toISOString(),
    values: Object.entries(values).map(([tag, [value, quality]]) => ({ tag, value, quality })),
  };
}

beforeEach(() => {
  waiting = [];
  framesFrom(frames);
  forgetLive();
});

test('many batches in one frame are one change, and the newest value wins', () => {
  let changes = 0;
  const leave = useLive.subscribe(() => (changes += 1));
  takeValues(batch(1, { XMEAS_7: [2700, 'GOOD'], XMEAS_8: [75, 'GOOD'] }));
  takeValues(batch(2, { XMEAS_7: [2701, 'GOOD'] }));
  expect(useLive.getState().values).toEqual({});
  draw();
  leave();
  expect(changes).toBe(1);
  expect(useLive.getState().values['XMEAS_7']?.value).toBe(2701);
  expect(useLive.getState().values['XMEAS_8']?.value).toBe(75);
  expect(useLive.getState().scan).toBe(2);
});

test('the rings keep every reading, also those that no frame showed', () => {
  for (let scan = 1; scan <= 4; scan += 1) takeValues(batch(scan, { XMEAS_7: [scan, 'GOOD'] }));
  expect(recentReadings('XMEAS_7').map((r) => r.value)).toEqual([1, 2, 3, 4]);
});

test.each<[Quality, number | null]>([['GOOD', 5], ['UNCERTAIN', 5], ['BAD', null], ['STALE', null]])('a %s value is drawn as %s', (quality, drawn) => {
  takeValues(batch(1, { XMEAS_7: [5, quality] }));
  expect(recentReadings('XMEAS_7').map((r) => r.value)).toEqual([drawn]);
});

test('a discontinuity is remembered and leaves a gap', () => {
  takeValues(batch(1, { XMEAS_7: [1, 'GOOD'] }));
  takeValues({ __typename: 'Discontinuity', from: 'c:1', to: 'c:9', reason: 'TOO_OLD' });
  takeValues(batch(9, { XMEAS_7: [2, 'GOOD'] }));
  draw();
  expect(useLive.getState().breaks).toEqual([{ at: START + 1000, reason: 'TOO_OLD' }]);
  expect(recentReadings('XMEAS_7').map((r) => r.value)).toEqual([1, null, 2]);
});

test('after a reset of the source the old readings are gone', () => {
  takeValues(batch(5, { XMEAS_7: [1, 'GOOD'] }));
  takeValues({ __typename: 'Discontinuity', from: 'c:5', to: 'c:6', reason: 'SOURCE_RESET' });
  takeValues(batch(1, { XMEAS_7: [2, 'GOOD'] }));
  expect(recentReadings('XMEAS_7').map((r) => r.value)).toEqual([2]);
});

test('the oldest value is found, and a stale one keeps its age', () => {
  takeValues(batch(1, { XMEAS_7: [1, 'GOOD'], XMEAS_8: [1, 'GOOD'] }));
  draw();
  takeValues(batch(60, { XMEAS_7: [1, 'GOOD'], XMEAS_8: [1, 'STALE'] }));
  draw();
  expect(oldest(useLive.getState().values, START + 61_000)).toEqual({ tag: 'XMEAS_8', ageMs: 60_000 });
  expect(oldest({})).toBeNull();
});
