import { parse } from 'graphql';
import type { TypedDocumentNode } from '@urql/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { EventParser } from './events';
import { follow, type Following, type StreamState } from './follow';
import { SessionOver, type Sink, type StreamRequest, type Transport } from './transport';

interface Item {
  __typename: string;
  cursor?: string;
  to?: string;
}

/** A transport in the hands of the test. */
class Wire implements Transport {
  readonly name = 'WebSocket' as const;
  readonly asked: StreamRequest[] = [];
  sink: Sink | null = null;
  left = 0;
  subscribe(request: StreamRequest, sink: Sink) {
    this.asked.push(request);
    this.sink = sink;
    return () => void (this.left += 1);
  }
  send(item: Item) {
    this.sink?.next({ data: { stream: item } });
  }
  since() {
    return this.asked.map((request) => request.variables['since']);
  }
}

const document = parse('subscription Things($since: String) { stream(since: $since) { __typename } }') as TypedDocumentNode<{ stream: Item }, { since?: string | null }>;

let wire: Wire;
let items: Item[];
let states: StreamState[];
let sessionOver: number;
let refusals: (string | null)[];
let following: Following;

beforeEach(() => {
  vi.useFakeTimers();
  wire = new Wire();
  items = [];
  states = [];
  sessionOver = 0;
  refusals = [];
  following = follow({
    document,
    pick: (data) => data.stream,
    transport: () => wire,
    onItem: (item) => items.push(item),
    onState: (state) => states.push(state),
    onSessionOver: () => (sessionOver += 1),
    onRefusal: (words) => refusals.push(words),
  });
});

afterEach(() => {
  following.stop();
  vi.useRealTimers();
});

const later = () => vi.advanceTimersByTime(20_000);

test('the first question has no cursor, and names its operation', () => {
  expect(wire.since()).toEqual([null]);
  expect(wire.asked[0]?.operationName).toBe('Things');
});

test('after a break it asks for what came after the last item', () => {
  wire.send({ __typename: 'Batch', cursor: 'a:1' });
  wire.send({ __typename: 'Batch', cursor: 'a:2' });
  wire.sink?.error(new Error('gone'));
  later();
  expect(wire.since()).toEqual([null, 'a:2']);
  expect(states).toEqual(['connecting', 'live', 'live', 'lost', 'connecting']);
});

test('an end of the stream is a break as well', () => {
  wire.send({ __typename: 'Batch', cursor: 'a:1' });
  wire.sink?.complete();
  later();
  expect(wire.since()).toEqual([null, 'a:1']);
});

test('a discontinuity is passed on, and its end is the new cursor', () => {
  wire.send({ __typename: 'Discontinuity', to: 'b:7' });
  wire.sink?.error(new Error('gone'));
  later();
  expect(items).toEqual([{ __typename: 'Discontinuity', to: 'b:7' }]);
  expect(wire.since()).toEqual([null, 'b:7']);
});

test('a cursor that the server does not understand is dropped', () => {
  wire.send({ __typename: 'Batch', cursor: 'old' });
  wire.sink?.next({ errors: [{ message: 'no such cursor', extensions: { code: 'INVALID_INPUT' } }] });
  later();
  expect(wire.since()).toEqual([null, null]);
});

test.each([
  ['a closed session', () => wire.sink?.error(new SessionOver())],
  ['a refused operation', () => wire.sink?.error([{ message: 'who?', extensions: { code: 'UNAUTHENTICATED' } }])],
  ['an answer without a user', () => wire.sink?.next({ errors: [{ message: 'who?', extensions: { code: 'UNAUTHENTICATED' } }] })],
])('%s ends the following and is told', (_, end) => {
  end();
  later();
  expect(sessionOver).toBe(1);
  expect(wire.asked).toHaveLength(1);
});

test('a refusal is told in the words of the server, asked again, and taken back', () => {
  wire.sink?.error([{ message: 'Too many fields.', extensions: { code: 'LIMIT_EXCEEDED' } }]);
  later();
  wire.send({ __typename: 'Snapshot', cursor: 'a:1' });
  expect(wire.asked).toHaveLength(2);
  expect(refusals).toEqual(['Too many fields.', null]);
});

test('what arrives from a connection that was given up is ignored', () => {
  const old = wire.sink;
  old?.error(new Error('gone'));
  later();
  old?.next({ data: { stream: { __typename: 'Batch', cursor: 'late' } } });
  expect(items).toEqual([]);
});

test('a restart begins with a snapshot', () => {
  wire.send({ __typename: 'Batch', cursor: 'a:1' });
  following.restart();
  expect(wire.since()).toEqual([null, null]);
  expect(wire.left).toBe(1);
});

test('who stops asks no more', () => {
  wire.sink?.error(new Error('gone'));
  following.stop();
  later();
  expect(wire.asked).toHaveLength(1);
});

test('server-sent events may be cut anywhere', () => {
  const parser = new EventParser();
  const text = ':\n\nevent: next\ndata: {"a":1}\n\nevent: complete\ndata:\n\n';
  const found = Array.from(text).flatMap((letter) => parser.feed(letter));
  expect(found).toEqual([{ name: 'next', data: '{"a":1}' }, { name: 'complete', data: '' }]);
});
