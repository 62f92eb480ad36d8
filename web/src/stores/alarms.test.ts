import { beforeEach, expect, test } from 'vitest';

import type { AlarmState } from '@/api/generated/graphql';
import { anAlarm } from '@/test-support';

import { alarmsOfTag, alarmsOfUnit, byAnnunciation, forgetAlarms, calls, groupsOf, inAlarmList, isPutAside, owesAcknowledgement, rank, sounds, takeAlarms, useAlarms, worst, type Alarm, type AlarmItem } from './alarms';

const part = (number: number, parts: number, ...alarms: Alarm[]): AlarmItem => ({ __typename: 'AlarmSnapshot', cursor: 'c', part: number, parts, alarms });
const snapshot = (...alarms: Alarm[]) => part(1, 1, ...alarms);
const event = (alarm: Alarm): AlarmItem => ({ __typename: 'AlarmEvent', cursor: 'c', annunciate: true, entry: { id: 'j', kind: 'RAISED', wallTime: '2026-01-01T00:00:00Z' }, alarm });
const keys = () => useAlarms.getState().list.map((alarm) => alarm.key);

beforeEach(forgetAlarms);

test('the list stands in order of annunciation, newest first', () => {
  takeAlarms([snapshot(
    anAlarm({ key: 'old', annunciatedAt: '2026-01-01T00:00:01Z' }),
    anAlarm({ key: 'new', annunciatedAt: '2026-01-01T00:00:03Z' }),
    anAlarm({ key: 'middle, low', annunciatedAt: '2026-01-01T00:00:02Z', severity: 'LOW' }),
    anAlarm({ key: 'middle, critical', annunciatedAt: '2026-01-01T00:00:02Z', severity: 'CRITICAL' }),
  )]);
  expect(keys()).toEqual(['new', 'middle, critical', 'middle, low', 'old']);
});

test('an event changes its row and nothing else, and a return to normal removes it', () => {
  takeAlarms([snapshot(anAlarm({ key: 'a' }), anAlarm({ key: 'b' }))]);
  takeAlarms([event(anAlarm({ key: 'a', state: 'ACKNOWLEDGED' }))]);
  expect(useAlarms.getState().list.map(({ key, state }) => [key, state])).toEqual([['a', 'ACKNOWLEDGED'], ['b', 'UNACKNOWLEDGED']]);
  takeAlarms([event(anAlarm({ key: 'a', state: 'NORMAL' }))]);
  expect(keys()).toEqual(['b']);
});

test('events of one frame are applied in their order', () => {
  takeAlarms([snapshot()]);
  takeAlarms([event(anAlarm({ key: 'a' })), event(anAlarm({ key: 'a', state: 'NORMAL' })), event(anAlarm({ key: 'b' }))]);
  expect(keys()).toEqual(['b']);
});

test('the list is not called complete before the first snapshot, nor after a discontinuity', () => {
  expect(useAlarms.getState().complete).toBe(false);
  takeAlarms([snapshot()]);
  expect(useAlarms.getState().complete).toBe(true);
  takeAlarms([{ __typename: 'Discontinuity', from: null, to: 'c', reason: 'TOO_OLD' }]);
  expect(useAlarms.getState().complete).toBe(false);
});

test('the summary counts by severity, and what is owed', () => {
  takeAlarms([snapshot(
    anAlarm({ key: 'a', severity: 'HIGH' }),
    anAlarm({ key: 'b', severity: 'HIGH', state: 'ACKNOWLEDGED' }),
    anAlarm({ key: 'c', severity: 'LOW', state: 'RTN_UNACKNOWLEDGED' }),
  )]);
  const { summary } = useAlarms.getState();
  expect(summary.bySeverity.HIGH).toEqual({ total: 2, unacknowledged: 1 });
  expect(summary.bySeverity.LOW).toEqual({ total: 1, unacknowledged: 1 });
  expect(summary.unacknowledged).toBe(2);
});

test('only what is in the list can owe an acknowledgement', () => {
  for (const state of Object.keys(inAlarmList) as AlarmState[]) if (owesAcknowledgement[state]) expect(inAlarmList[state]).toBe(true);
});

test('the worst of several is the severest', () => {
  expect(worst([anAlarm({ severity: 'LOW' }), anAlarm({ severity: 'CRITICAL' }), anAlarm({ severity: 'HIGH' })])).toBe('CRITICAL');
  expect(worst([])).toBeNull();
});

const member = (key: string, leaderKey: string, occurrenceId = 'occurrence-1'): Alarm =>
  anAlarm({ key, occurrenceId: `of ${key}`, annunciatedAt: null, group: { leaderKey, occurrenceId, since: '2026-01-01T00:00:05Z', silent: true } });

test('members stand beneath their leader, and by the time at which they came into the group', () => {
  takeAlarms([snapshot(anAlarm({ key: 'root' }), member('a', 'root'), anAlarm({ key: 'other', annunciatedAt: '2026-01-01T00:00:03Z' }))]);
  expect(keys()).toEqual(['a', 'other', 'root']);
  expect(groupsOf(useAlarms.getState().list).map(({ leader, members }) => [leader.key, members.map(({ key }) => key)])).toEqual([['other', []], ['root', ['a']]]);
});

test('nobody is hidden: a member whose leader is over, has occurred anew, or is itself a member stands alone', () => {
  const shown = (...alarms: Alarm[]) => groupsOf(alarms).map(({ leader }) => leader.key);
  expect(shown(member('a', 'gone'))).toEqual(['a']);
  expect(shown(anAlarm({ key: 'root' }), member('a', 'root', 'an earlier occurrence'))).toEqual(['root', 'a']);
  expect(shown(anAlarm({ key: 'root' }), member('a', 'root'), member('b', 'a', 'of a'))).toEqual(['root', 'b']);
  expect(shown(member('waits for its turn', 'waits for its turn', 'of waits for its turn'))).toEqual(['waits for its turn']);
});

test('a group stands where the first of it stands that calls', () => {
  const critical: Alarm = { ...member('critical', 'root'), severity: 'CRITICAL', annunciatedAt: '2026-01-01T00:00:09Z', group: { leaderKey: 'root', occurrenceId: 'occurrence-1', since: '2026-01-01T00:00:05Z', silent: false } };
  const order = (...alarms: Alarm[]) => groupsOf(alarms).map(({ leader }) => leader.key);
  const other = anAlarm({ key: 'other' });
  const root = anAlarm({ key: 'root', state: 'ACKNOWLEDGED' });
  expect(order(critical, other, root)).toEqual(['root', 'other']);
  expect(order(member('silent', 'root'), other, root)).toEqual(['other', 'root']);
  expect(order({ ...critical, state: 'ACKNOWLEDGED' }, other, root)).toEqual(['other', 'root']);
});

test('looked at first is who calls, then the severest, then the newest; nobody who is acknowledged', () => {
  const first = (...alarms: Alarm[]) => {
    takeAlarms([snapshot(...alarms)]);
    return useAlarms.getState().first?.key;
  };
  const low = anAlarm({ key: 'low', severity: 'LOW', annunciatedAt: '2026-01-01T00:00:09Z' });
  const high = anAlarm({ key: 'high', annunciatedAt: '2026-01-01T00:00:03Z' });
  expect(first(low, high, anAlarm({ key: 'seen', severity: 'CRITICAL', state: 'ACKNOWLEDGED' }))).toBe('high');
  expect(first(high, anAlarm({ key: 'newer', annunciatedAt: '2026-01-01T00:00:04Z' }))).toBe('newer');
  expect(first({ ...member('silent', 'root'), severity: 'CRITICAL' }, low)).toBe('low');
  expect(first(member('silent', 'root'))).toBe('silent');
  expect(first(low, anAlarm({ key: 'critical', severity: 'CRITICAL' }), high)).toBe('critical');
  expect(first(anAlarm({ state: 'ACKNOWLEDGED' }))).toBeUndefined();
});

test('what is counted by each change is what counting everything gives', () => {
  // A generator with a known end, so that a failure is the same failure again.
  let seed = 11;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  const one = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const states = Object.keys(inAlarmList) as AlarmState[];
  const units = ['reactor', 'stripper', null];
  const chance = (): Alarm => {
    const [number, unit] = [random(40), one(units)];
    const at = `2026-01-01T00:00:${String(random(60)).padStart(2, '0')}Z`;
    return anAlarm({
      key: `a${number}`, state: one(states), severity: one(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const), active: random(2) === 0, annunciatedAt: random(5) === 0 ? null : at,
      unit: unit === null ? null : { id: unit, key: unit, name: unit }, group: random(4) === 0 ? { leaderKey: 'a1', occurrenceId: 'o', since: at, silent: random(2) === 0 } : null,
    });
  };
  let plain = new Map<string, Alarm>();
  for (let round = 0; round < 400; round += 1) {
    if (random(50) === 0) {
      plain = new Map(Array.from({ length: 30 }, chance).map((alarm) => [alarm.key, alarm]));
      takeAlarms([snapshot(...plain.values())]);
    } else {
      const changed = Array.from({ length: random(6) }, chance);
      for (const alarm of changed) plain.set(alarm.key, alarm);
      takeAlarms(changed.map(event));
    }
    const list = [...plain.values()].filter(({ state }) => inAlarmList[state]).sort(byAnnunciation);
    const now = useAlarms.getState();
    expect(now.list).toEqual(list);
    expect(new Set(now.aside)).toEqual(new Set([...plain.values()].filter(({ state }) => isPutAside(state))));
    expect(now.putAside.SHELVED).toBe(now.aside.filter(({ state }) => state === 'SHELVED').length);
    const owed = list.filter(({ state }) => owesAcknowledgement[state]);
    expect([now.summary.total, now.summary.unacknowledged]).toEqual([list.length, owed.length]);
    expect(now.summary.bySeverity.HIGH).toEqual({ total: list.filter(({ severity }) => severity === 'HIGH').length, unacknowledged: owed.filter(({ severity }) => severity === 'HIGH').length });
    const calling = list.filter(calls);
    expect(now.sounding).toBe(worst(calling.filter(({ state }) => sounds[state])));
    expect(now.lastCall).toBe(Math.max(0, ...calling.map(({ annunciatedAt }) => Date.parse(annunciatedAt ?? '1970-01-01T00:00:00Z'))));
    const reactor = list.filter(({ unit }) => unit?.key === 'reactor');
    const counted = alarmsOfUnit('reactor');
    expect([counted?.total ?? 0, counted?.active ?? 0, counted?.worst ?? null]).toEqual([reactor.length, reactor.filter(({ active }) => active).length, worst(reactor)]);
    expect(alarmsOfTag('XMEAS_7')?.total ?? 0).toBe(list.length);
    const before = (a: Alarm, b: Alarm) => Number(calls(b)) - Number(calls(a)) || rank[b.severity] - rank[a.severity];
    expect(now.first).toBe([...owed].sort(before)[0]);
  }
});

test('a list in parts replaces what was known once it is whole, and one that was broken off leaves nothing behind', () => {
  const [a, b, c] = [anAlarm({ key: 'a' }), anAlarm({ key: 'b' }), anAlarm({ key: 'c' })];
  takeAlarms([snapshot(a)]);
  takeAlarms([part(1, 3, a), part(2, 3, b)]);
  expect(keys()).toEqual(['a']);
  takeAlarms([part(1, 2, b), part(2, 2, c)]);
  expect(keys()).toEqual(['b', 'c']);
});
