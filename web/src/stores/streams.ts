import type { TypedDocumentNode } from '@urql/core';
import { Kind, print } from 'graphql';

import { EventsTransport } from '@/api/events';
import { follow, type Follow, type Following } from '@/api/follow';
import { AlarmEventsDocument, DetectorScoresDocument, SupervisionEventsDocument, ValuesDocument } from '@/api/generated/graphql';
import { here } from '@/api/place';
import type { Transport } from '@/api/transport';
import { WebSocketTransport } from '@/api/websocket';
import { browserFrames, FrameBatcher, paced } from '@/lib/frame';

import { forgetAlarms, takeAlarms, type AlarmItem } from './alarms';
import { forgetConnection, streamChanged, streamLeft, streamRefused, transportChosen, type StreamName } from './connection';
import { forgetDetectors, takeDetectors, type DetectorItem } from './detectors';
import { forgetLive, takeValues } from './live';
import { sessionEnded } from './session';
import { forgetSupervision, takeSupervision } from './supervision';

/** Sockets that never opened, before we believe that the network breaks WebSockets. */
const FAILURES_BEFORE_EVENTS = 4;

let transport: Transport | null = null;
let failures = 0;

function currentTransport(): Transport {
  if (!transport) {
    const { protocol, host } = window.location;
    transport = new WebSocketTransport(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${here.api}/ws`);
    transportChosen(transport.name);
  }
  return transport;
}

function noticeFailure(failed: Transport): void {
  if (!(failed instanceof WebSocketTransport) || failed.everConnected || failed !== transport) return;
  failures += 1;
  if (failures < FAILURES_BEFORE_EVENTS) return;
  transport = new EventsTransport(`${here.api}/stream`);
  transportChosen(transport.name);
}

function start<TData, TItem extends { __typename: string }>(
  name: StreamName,
  options: Pick<Follow<TData, TItem>, 'document' | 'pick' | 'onItem'>,
): Following {
  const following = follow({
    ...options,
    transport: currentTransport,
    onState: (state) => streamChanged(name, state),
    onSessionOver: () => void sessionEnded(),
    onRefusal: (words) => streamRefused(name, words),
    onFailure: noticeFailure,
  });
  return { ...following, stop: () => { following.stop(); streamLeft(name); } };
}

/**
 * After a Discontinuity a list can only be trusted again from a snapshot. The server sends one next; should it send
 * anything else, we ask anew.
 */
function expectSnapshot<TItem extends { __typename: string }>(take: (item: TItem) => void, restart: () => void) {
  let broken = false;
  return (item: TItem) => {
    const snapshot = item.__typename.endsWith('Snapshot');
    if (broken && !snapshot && item.__typename !== 'Discontinuity') {
      broken = false;
      restart();
      return;
    }
    broken = item.__typename === 'Discontinuity';
    take(item);
  };
}

function followValues(): Following {
  return start('values', { document: ValuesDocument, pick: (data) => data.values, onItem: takeValues });
}

/** Frames that come also while the page is hidden, if slowly: for what is few and must not pile up. */
const unceasing = { ...browserFrames, hidden: () => false, requestFrame: (run: () => void) => (document.hidden ? void setTimeout(run, 250) : browserFrames.requestFrame(run)) };

/** In a flood hundreds of alarms change in a second, and a list that moves with each frame is read by nobody. The first comes at once. */
const ALARMS_LEAST_MS = 200;

/** What waits is ours alone, so it may grow in its place. */
function appended<T>(waiting: T[], next: readonly T[]): T[] {
  waiting.push(...next);
  return waiting;
}

function followAlarms(): Following {
  // Alarms are applied even while the page is hidden: the title of the tab counts them.
  const batcher = new FrameBatcher<AlarmItem[]>(appended, takeAlarms, paced(unceasing, ALARMS_LEAST_MS));
  const following: Following = start('alarms', {
    document: AlarmEventsDocument,
    pick: (data) => data.alarmEvents,
    onItem: expectSnapshot((item: AlarmItem) => batcher.push([item]), () => following.restart()),
  });
  return following;
}

/** The streams that every page needs; call what is returned to leave them. */
export function followPlant(): () => void {
  const values = followValues();
  const alarms = followAlarms();
  return () => {
    values.stop();
    alarms.stop();
    forgetConnection();
    forgetLive();
    forgetAlarms();
    forgetDetectors();
    forgetSupervision();
  };
}

/** Listens to a stream that has an end and no cursor; what broke is not asked again. Call what is returned to leave it. */
export function listenOnce<TData, TVariables extends Record<string, unknown>>(document: TypedDocumentNode<TData, TVariables>, variables: TVariables, onData: (data: TData) => void): () => void {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const request = { query: print(document), operationName: operation?.name?.value ?? '', variables };
  return currentTransport().subscribe(request, {
    next: (result) => { if (result.data != null) onData(result.data as TData); },
    error: () => undefined,
    complete: () => undefined,
  });
}

export function followDetectors(): () => void {
  // At a thousand times the speed there are more verdicts than frames; a chart is drawn once for all of a frame.
  const batcher = new FrameBatcher<DetectorItem[]>(appended, (items) => items.forEach(takeDetectors), unceasing);
  const following: Following = start('detectors', {
    document: DetectorScoresDocument,
    pick: (data) => data.detectorScores,
    onItem: expectSnapshot((item: DetectorItem) => batcher.push([item]), () => following.restart()),
  });
  return following.stop;
}

export function followSupervision(): () => void {
  const following: Following = start('supervision', {
    document: SupervisionEventsDocument,
    pick: (data) => data.supervisionEvents,
    onItem: expectSnapshot(takeSupervision, () => following.restart()),
  });
  return following.stop;
}
