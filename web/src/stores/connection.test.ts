import { beforeEach, expect, test } from 'vitest';

import { forgetConnection, streamChanged, useConnection } from './connection';

const state = () => useConnection.getState().state;

beforeEach(forgetConnection);

test('a page that was never live is connecting, not lost', () => {
  streamChanged('values', 'connecting');
  streamChanged('values', 'lost');
  expect(state()).toBe('connecting');
  expect(useConnection.getState().lostAt).toBeNull();
});

test('the connection is live only when values and alarms are', () => {
  streamChanged('values', 'live');
  expect(state()).toBe('connecting');
  streamChanged('alarms', 'live');
  expect(state()).toBe('live');
});

test('losing one essential stream loses the connection, and the moment is kept', () => {
  streamChanged('values', 'live');
  streamChanged('alarms', 'live');
  streamChanged('values', 'lost');
  const { lostAt } = useConnection.getState();
  expect(state()).toBe('lost');
  expect(lostAt).not.toBeNull();
  streamChanged('values', 'connecting');
  expect(useConnection.getState().lostAt).toBe(lostAt);
  streamChanged('values', 'live');
  expect(state()).toBe('live');
  expect(useConnection.getState().lostAt).toBeNull();
});

test('a stream of one page does not lose the connection', () => {
  streamChanged('values', 'live');
  streamChanged('alarms', 'live');
  streamChanged('detectors', 'lost');
  expect(state()).toBe('live');
});
