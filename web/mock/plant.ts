import { disturbances, tags, units, type MockTag } from './tags.ts';

/**
 * A seeded plant that behaves plausibly and answers in the shapes of the schema. It is no model of the process: each tag
 * wanders around its normal value, and a disturbance moves some of them.
 */

type Quality = 'GOOD' | 'UNCERTAIN' | 'BAD' | 'STALE';
interface Scan {
  at: number;
  values: (number | null)[];
  qualities: Quality[];
}
export interface MockAlarm {
  id: string;
  key: string;
  title: string;
  state: string;
  severity: string;
  active: boolean;
  acknowledged: boolean;
  latched: boolean;
  quality: Quality;
  occurrenceId: string | null;
  raisedAt: string | null;
  annunciatedAt: string | null;
  value: number | null;
  limit: number | null;
  unit: object | null;
  tag: object | null;
  detector: object | null;
  cause: string;
  consequence: string;
  guidance: string;
  contributions: () => object[];
  acknowledgedBy: string | null;
  acknowledgedAt: string | null;
  comment: string | null;
  history: () => object[];
}

/** mulberry32: small, seeded, good enough for noise. */
function generator(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { uniform, gauss: () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform()) };
}

const iso = (ms: number) => new Date(ms).toISOString();
const T2_LIMIT = 52.3;
const SPE_LIMIT = 28.7;
const HISTORY_STEP_MS = 30_000;

export type StreamName = 'values' | 'alarmEvents' | 'detectorScores' | 'supervisionEvents';

export class MockPlant {
  private random = generator(20241);
  private epoch = Date.parse('2026-01-01T00:00:00Z');
  plantTime = this.epoch;
  private drift = tags.map(() => 0);
  private effect = tags.map(() => 0);
  private history: Scan[] = [];
  private latest: Scan = { at: this.plantTime, values: tags.map((t) => t.normal), qualities: tags.map(() => 'GOOD') };
  private lastIngest = Date.now();
  private scan = 0;
  private sequence = 0;
  speed = 20;
  paused = false;
  active = new Set<number>();
  private gapUntil = 0;
  private alarms = new Map<string, MockAlarm>();
  private journalRows: Record<string, unknown>[] = [];
  private scores: { at: number; t2: number; spe: number; shares: number[] }[] = [];
  private over = 0;
  private warm = 0;
  private training = 0;
  private listeners: Record<StreamName, Set<(item: object) => void>> = {
    values: new Set(), alarmEvents: new Set(), detectorScores: new Set(), supervisionEvents: new Set(),
  };
  private restarts = 1;
  private remembered = new Map<string, unknown>();

  constructor() {
    for (let step = 0; step < 960; step += 1) this.advance(30, false);
    this.warm = 20;
    this.seedAlarms();
  }

  start() {
    return setInterval(() => {
      this.training = Math.min(480, this.training + 1);
      if (!this.paused) this.advance(0.25 * this.speed, true);
    }, 250);
  }

  private advance(seconds: number, live: boolean) {
    this.plantTime += seconds * 1000;
    this.scan += 1;
    const share = Math.min(1, seconds / 900);
    const hours = (this.plantTime - this.epoch) / 3_600_000;
    const values = tags.map((tag, i) => {
      let target = 0;
      let wave = 0;
      for (const n of this.active) {
        const e = disturbances[n - 1]?.[4][tag.key];
        if (e === undefined) continue;
        target += Array.isArray(e) ? e[0] : e;
        if (Array.isArray(e)) wave += e[1] * Math.sin(hours * 2 * Math.PI * 3 + i);
      }
      this.effect[i] = (this.effect[i] ?? 0) + (target - (this.effect[i] ?? 0)) * share;
      this.drift[i] = (this.drift[i] ?? 0) * (1 - share) + this.random.gauss() * Math.sqrt(share) * 0.8;
      const sd = (this.effect[i] ?? 0) + wave + (this.drift[i] ?? 0) + this.random.gauss() * 0.5;
      const raw = Math.min(tag.high, Math.max(tag.low, tag.normal + sd * tag.sd));
      return Math.round(raw / tag.resolution) * tag.resolution;
    });
    // One analyser fails for a while, so that bad quality has a face; a gap stands in the history for the same reason.
    const bad = hours % 6 > 2 && hours % 6 < 2.6;
    const qualities = tags.map((t): Quality => (t.key === 'XMEAS_39' && bad ? 'BAD' : t.key === 'XMEAS_24' && bad ? 'UNCERTAIN' : 'GOOD'));
    this.latest = { at: this.plantTime, values: values.map((v, i) => (qualities[i] === 'BAD' ? null : v)), qualities };
    this.lastIngest = Date.now();
    const last = this.history.at(-1);
    if (!last || this.plantTime - last.at >= HISTORY_STEP_MS) this.history.push(this.latest);
    if (this.history.length > 6000) this.history.shift();
    if (this.plantTime > this.gapUntil && this.scan === 700) this.history.splice(-20, 20);
    this.judge(live);
    if (live) this.publish('values', this.valuesBatch(false));
  }

  private judge(live: boolean) {
    const z = tags.map((t, i) => (t.sd ? ((this.latest.values[i] ?? t.normal) - t.normal) / t.sd : 0));
    const squares = z.map((v) => v * v);
    const total = squares.reduce((a, b) => a + b, 0) || 1;
    const t2 = 14 + total * 0.22 + this.random.uniform() * 9;
    const spe = 5 + total * 0.12 + this.random.uniform() * 6;
    const last = this.scores.at(-1);
    if (last && this.plantTime - last.at < 60_000) { this.limits(live); return; }
    this.scores.push({ at: this.plantTime, t2, spe, shares: squares.map((s) => s / total) });
    if (this.scores.length > 600) this.scores.shift();
    this.warm = Math.min(20, this.warm + 1);
    this.over = t2 > T2_LIMIT || spe > SPE_LIMIT ? this.over + 1 : 0;
    const alarm = this.over >= 6;
    if (live) this.condition('multivariate/VERDICT', 'Plant behaves unlike normal operation', 'HIGH', alarm, Math.max(t2 / T2_LIMIT, spe / SPE_LIMIT), 1, null);
    if (live) this.publish('detectorScores', { __typename: 'DetectorEvent', cursor: this.cursor(), detector: this.detectors()[0] });
    this.limits(live);
  }

  private limits(live: boolean) {
    if (!live) return;
    tags.forEach((tag, i) => {
      for (const [kind, value, severity] of tag.limits) {
        const now = this.latest.values[i] ?? tag.normal;
        const upper = kind.startsWith('HIGH');
        const beyond = upper ? now > value : now < value;
        const back = upper ? now < value - (tag.high - tag.low) * 0.02 : now > value + (tag.high - tag.low) * 0.02;
        const known = this.alarms.get(`${tag.key}/${kind}`);
        if (beyond || (back && known?.active)) {
          this.condition(`${tag.key}/${kind}`, `${tag.name} ${kind.toLowerCase().replace('_', ' ')}`, severity, beyond, now, value, tag);
        }
      }
    });
  }

  private condition(key: string, title: string, severity: string, active: boolean, value: number, limit: number, tag: MockTag | null) {
    const known = this.alarms.get(key);
    if ((known?.active ?? false) === active) {
      if (known && active) known.value = value;
      return;
    }
    const unit = tag ? this.unit(tag.unit) : null;
    const alarm: MockAlarm = known ?? {
      id: `alarm:${key}`, key, title, state: 'NORMAL', severity, active: false, acknowledged: true, latched: false, quality: 'GOOD', occurrenceId: null,
      raisedAt: null, annunciatedAt: null, value, limit, unit, tag: tag ? this.tag(tag) : null, detector: tag ? null : { id: 'detector:multivariate', key: 'multivariate', name: 'Multivariate pattern' },
      cause: tag ? 'A disturbance upstream, a valve that does not follow, or a wrong instrument.' : 'Several variables moved together in a way that normal operation does not show.',
      consequence: tag ? 'The interlock trips the plant if the value goes on.' : 'Product quality may drift; a trip may follow.',
      guidance: tag ? 'Compare with neighbouring instruments, look at the valve that controls it, and reduce the load if it goes on.' : 'Look at the largest contributions and their trends first.',
      contributions: () => this.contributions(), acknowledgedBy: null, acknowledgedAt: null, comment: null,
      history: () => this.journalRows.filter((row) => row['alarm'] === this.alarms.get(key)).slice(0, 20),
    };
    const from = alarm.state;
    alarm.active = active;
    alarm.value = value;
    if (active) {
      alarm.occurrenceId = crypto.randomUUID();
      alarm.acknowledged = false;
      alarm.raisedAt = iso(this.plantTime);
      alarm.annunciatedAt = iso(Date.now());
      alarm.acknowledgedBy = alarm.acknowledgedAt = alarm.comment = null;
    }
    alarm.state = active ? 'UNACKNOWLEDGED' : alarm.acknowledged ? 'NORMAL' : 'RTN_UNACKNOWLEDGED';
    this.alarms.set(key, alarm);
    this.note(alarm, active ? 'RAISED' : 'RETURNED_TO_NORMAL', from, null, null, active);
  }

  private note(alarm: MockAlarm, kind: string, from: string, by: string | null, comment: string | null, annunciate: boolean) {
    const entry = {
      __typename: 'JournalEntry', id: `journal:${this.journalRows.length}`, alarm, occurrenceId: alarm.occurrenceId, kind, from, to: alarm.state, severity: alarm.severity,
      sourceTime: iso(this.plantTime), wallTime: iso(Date.now()), scan: this.scan, value: alarm.value, limit: alarm.limit, by, comment, client: by ? 'web' : null,
    };
    this.journalRows.unshift(entry);
    this.publish('alarmEvents', { __typename: 'AlarmEvent', cursor: this.cursor(), entry, alarm: { ...alarm }, annunciate });
  }

  private seedAlarms() {
    const seen = (key: string) => tags.find((t) => t.key === key) ?? null;
    this.condition('XMEAS_18/LOW', 'Stripper temperature low', 'LOW', true, 59.4, 60, seen('XMEAS_18'));
    this.acknowledge([{ alarm: 'XMEAS_18/LOW', occurrenceId: this.alarms.get('XMEAS_18/LOW')?.occurrenceId ?? '' }], 'Steam header is being repaired', 'mina');
    this.condition('XMEAS_10/HIGH', 'Purge rate high', 'LOW', true, 0.81, 0.8, seen('XMEAS_10'));
    this.condition('XMEAS_10/HIGH', 'Purge rate high', 'LOW', false, 0.72, 0.8, seen('XMEAS_10'));
    this.condition('XMEAS_13/HIGH', 'Separator pressure high', 'MEDIUM', true, 2834.2, 2830, seen('XMEAS_13'));
  }

  acknowledge(items: { alarm: string; occurrenceId: string }[], comment: string | null, by: string) {
    return items.map(({ alarm: key, occurrenceId }) => {
      const alarm = this.alarms.get(key);
      const refuse = (code: string, message: string) => ({ alarm: key, ok: false, alarmNow: alarm ?? null, userErrors: [{ code, path: ['items'], message }] });
      if (!alarm) return refuse('NOT_FOUND', `There is no alarm ${key}.`);
      if (alarm.occurrenceId !== occurrenceId) return refuse('OCCURRENCE_MISMATCH', 'The alarm was raised again since you saw it.');
      if (alarm.acknowledged) return refuse('NOT_ACKNOWLEDGEABLE', 'It is already acknowledged.');
      const from = alarm.state;
      alarm.acknowledged = true;
      alarm.acknowledgedBy = by;
      alarm.acknowledgedAt = iso(Date.now());
      alarm.comment = comment;
      alarm.state = alarm.active ? 'ACKNOWLEDGED' : 'NORMAL';
      this.note(alarm, 'ACKNOWLEDGED', from, by, comment, false);
      return { alarm: key, ok: true, alarmNow: { ...alarm }, userErrors: [] };
    });
  }

  /** The same key twice gives the first answer. */
  once<T>(key: string, make: () => T): T {
    if (!this.remembered.has(key)) this.remembered.set(key, make());
    return this.remembered.get(key) as T;
  }

  reset() {
    this.active.clear();
    this.effect.fill(0);
    this.publish('values', { __typename: 'Discontinuity', from: null, to: this.cursor(), reason: 'SOURCE_RESET' });
  }

  subscribe(name: StreamName, listener: (item: object) => void) {
    this.listeners[name].add(listener);
    return () => this.listeners[name].delete(listener);
  }

  snapshot(name: StreamName): object {
    const cursor = this.cursor();
    return {
      values: () => this.valuesBatch(true),
      alarmEvents: () => ({ __typename: 'AlarmSnapshot', cursor, alarms: this.alarmList() }),
      detectorScores: () => ({ __typename: 'DetectorSnapshot', cursor, detectors: this.detectors() }),
      supervisionEvents: () => ({ __typename: 'SupervisionSnapshot', cursor, tree: this.actorTree() }),
    }[name]();
  }

  private publish(name: StreamName, item: object) {
    for (const listener of this.listeners[name]) listener(item);
  }

  private cursor() {
    this.sequence += 1;
    return `mock:${this.sequence}`;
  }

  private valuesBatch(snapshot: boolean) {
    return {
      __typename: 'ValuesBatch', cursor: this.cursor(), snapshot, sourceTime: iso(this.latest.at), ingestTime: iso(this.lastIngest), scan: this.scan, conflated: 1,
      source: this.source(), values: tags.map((t, i) => ({ tag: t.key, value: this.latest.values[i] ?? null, quality: this.latest.qualities[i] })),
    };
  }

  source() {
    return {
      kind: 'simulator', state: this.paused ? 'PAUSED' : 'RUNNING', message: null, speed: this.speed, achievedSpeed: this.paused ? 0 : this.speed * 0.998,
      plantTime: iso(this.plantTime), plantHours: (this.plantTime - this.epoch) / 3_600_000, controllable: true,
    };
  }

  unit(key: string): object {
    const [, name, description] = units.find(([k]) => k === key) ?? [key, key, ''];
    const mine = this.alarmList().filter((a) => (a.unit as { key: string } | null)?.key === key);
    const order = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
    return {
      __typename: 'Unit', id: `unit:${key}`, key, name, description, health: key === 'product' ? 'DEGRADED' : 'RUNNING',
      healthReason: key === 'product' ? 'goes on without XMEAS_39' : null,
      worstAlarm: mine.map((a) => a.severity).sort((a, b) => order.indexOf(b) - order.indexOf(a))[0] ?? null,
      activeAlarms: mine.filter((a) => a.active).length, unacknowledgedAlarms: mine.filter((a) => !a.acknowledged).length,
      tags: () => tags.filter((t) => t.unit === key).map((t) => this.tag(t)),
    };
  }

  tag(t: MockTag): object {
    const i = tags.indexOf(t);
    return {
      __typename: 'Tag', id: `tag:${t.key}`, key: t.key, name: t.name, description: `${t.name} of the plant`, unitOfMeasure: t.unitOfMeasure, unit: () => this.unit(t.unit),
      kind: t.kind, role: t.key.startsWith('XMV') ? 'MANIPULATED' : 'MEASURED', rangeLow: t.low, rangeHigh: t.high, normal: t.normal, resolution: t.resolution,
      limits: t.limits.map(([kind, value, severity]) => ({ kind, value, severity, deadband: (t.high - t.low) * 0.02, onDelaySeconds: 15, offDelaySeconds: 15 })),
      latest: () => ({ value: this.latest.values[i] ?? null, quality: this.latest.qualities[i], sourceTime: iso(this.latest.at), ingestTime: iso(this.lastIngest) }),
    };
  }

  plant() {
    const find = (key: string) => this.tag(tags.find((t) => t.key === key) ?? (tags[0] as MockTag));
    return {
      __typename: 'Plant', id: 'plant:tennessee-eastman', key: 'tennessee-eastman', name: 'Tennessee Eastman', source: () => this.source(),
      units: () => units.map(([key]) => this.unit(key)), tags: () => tags.map((t) => this.tag(t)),
      loops: () => [
        { key: 'reactor-level', name: 'Reactor level', measured: find('XMEAS_8'), output: find('XMEAS_4'), cascade: true },
        { key: 'separator-level', name: 'Separator level', measured: find('XMEAS_12'), output: find('XMV_7'), cascade: false },
      ],
    };
  }

  alarmList() {
    return [...this.alarms.values()].filter((a) => a.state !== 'NORMAL').sort((a, b) => (b.annunciatedAt ?? '').localeCompare(a.annunciatedAt ?? ''));
  }

  alarm(key: string) {
    return this.alarms.get(key) ?? null;
  }

  journal() {
    return this.journalRows;
  }

  private contributions(): object[] {
    const shares = this.scores.at(-1)?.shares ?? [];
    return tags.map((t, i) => ({ tag: this.tag(t), share: shares[i] ?? 0 })).sort((a, b) => b.share - a.share).slice(0, 12);
  }

  detectors(): object[] {
    const verdict = (s: (typeof this.scores)[number], last: boolean) => ({
      sourceTime: iso(s.at), status: last && this.over >= 6 ? 'ALARM' : 'NORMAL', modelVersion: 'pca-20260101-1', contributions: last ? this.contributions() : [],
      scores: [{ chart: 'T2', statistic: s.t2, limit: T2_LIMIT, role: 'DECIDING' }, { chart: 'SPE', statistic: s.spe, limit: SPE_LIMIT, role: 'DECIDING' }],
    });
    const status = this.warm < 20 ? 'WARMING_UP' : this.over >= 6 ? 'ALARM' : 'NORMAL';
    const facts = { modelVersion: 'pca-20260101-1', modelTrainedAt: iso(this.epoch), modelSource: 'd00', modelSamples: 500, measuredFalseAlarmRate: 0.0083 };
    const common = { advisory: [], recentOfShadow: () => [], samplePeriodSeconds: 180, confirmAfter: 6, tags: () => tags.filter((t) => t.key !== 'XMV_12').map((t) => this.tag(t)) };
    const newest = this.scores.at(-1);
    const pca = {
      __typename: 'Detector', id: 'detector:multivariate', key: 'multivariate', name: 'Principal components', method: 'pca', status, statusDetail: status === 'WARMING_UP' ? `${this.warm} of 20 samples` : null, training: null,
      ...facts, ...common, verdict: newest ? verdict(newest, true) : null, recent: ({ count }: { count: number }) => this.scores.slice(-count).map((s) => verdict(s, false)),
    };
    const slow = {
      ...pca, id: 'detector:multivariate-slow', key: 'multivariate-slow', name: 'Principal components, slow', status: 'UNTRAINED', statusDetail: `${this.training} of 480 samples`,
      training: { done: this.training, total: 480, stage: 'collecting samples of normal operation' }, modelVersion: null, modelTrainedAt: null, modelSource: null, modelSamples: null,
      measuredFalseAlarmRate: null, verdict: null, recent: () => [],
    };
    const blind = { ...pca, id: 'detector:analysers', key: 'analysers', name: 'Analysers only', status: 'BLIND', statusDetail: 'blind: XMEAS_39', verdict: null, recent: () => [] };
    return [pca, slow, blind];
  }

  actorTree(): object {
    const node = (key: string, name: string, role: string, importance: string, detail: string | null, children: object[] = [], extra: object = {}) => ({
      key, name, role, importance, health: 'RUNNING', reason: null, restarts: 0, lastError: null, startedAt: iso(Date.now() - 3_600_000), detail,
      mailboxDepth: role === 'detector' ? 2 : 0, mailboxOldestSeconds: role === 'detector' ? 0.04 : 0, notPausable: importance === 'AUXILIARY' ? null : 'the plant cannot do without it', children, ...extra,
    });
    const plant = 'root/plant:tennessee-eastman';
    const sensors = (unit: string) =>
      tags.filter((t) => t.unit === unit).map((t) => {
        const spent = t.key === 'XMEAS_39';
        return node(`${plant}/unit:${unit}/sensor:${t.key}`, t.key, 'sensor', 'AUXILIARY', `${t.name}, ${this.scan} scans judged`, [],
          spent ? { health: 'DEGRADED', restarts: 3, reason: 'restarted too often and left out', lastError: 'the instrument answered with text' } : {});
      });
    return node('root', 'root', 'root', 'ESSENTIAL', 'one plant', [
      node(plant, 'Tennessee Eastman', 'plant', 'ESSENTIAL', `scan ${this.scan}`, [
        ...units.map(([key, name]) => node(`${plant}/unit:${key}`, name, 'unit', 'ESSENTIAL', `${tags.filter((t) => t.unit === key).length} sensors`, sensors(key), key === 'product' ? { health: 'DEGRADED', reason: 'goes on without XMEAS_39' } : {})),
        node(`${plant}/detector:multivariate`, 'multivariate', 'detector', 'AUXILIARY', 'model pca-20260101-1', [], { restarts: this.restarts }),
        node(`${plant}/alarm-desk`, 'alarm desk', 'alarm desk', 'ESSENTIAL', `${this.alarmList().length} alarms in the list`),
        node(`${plant}/writer`, 'historian writer', 'writer', 'ESSENTIAL', 'nothing waiting'),
        node(`${plant}/feed`, 'feed', 'feed', 'ESSENTIAL', 'ring of 4096'),
      ]),
    ]);
  }

  trend(input: { tags: string[]; from: string; to: string; points?: number }) {
    const from = Date.parse(input.from);
    const to = Date.parse(input.to);
    const width = (to - from) / (input.points ?? 500);
    const rank: Quality[] = ['GOOD', 'UNCERTAIN', 'STALE', 'BAD'];
    const scans = this.history.filter((s) => s.at >= from && s.at <= to);
    const series = input.tags.map((key) => {
      const i = tags.findIndex((t) => t.key === key);
      const buckets = new Map<number, { time: number; min: number | null; max: number | null; last: number | null; quality: Quality }>();
      for (const scan of scans) {
        const slot = Math.floor((scan.at - from) / width);
        const value = scan.values[i] ?? null;
        const quality = scan.qualities[i] ?? 'GOOD';
        const bucket = buckets.get(slot) ?? { time: scan.at, min: value, max: value, last: value, quality };
        if (value !== null) Object.assign(bucket, { min: Math.min(bucket.min ?? value, value), max: Math.max(bucket.max ?? value, value), last: value });
        if (rank.indexOf(quality) > rank.indexOf(bucket.quality)) bucket.quality = quality;
        buckets.set(slot, bucket);
      }
      return { tag: this.tag(tags[i] ?? (tags[0] as MockTag)), points: [...buckets.values()].map((b) => ({ ...b, time: iso(b.time) })) };
    });
    const gaps = scans.filter((s, i) => i > 0 && s.at - (scans[i - 1]?.at ?? s.at) > HISTORY_STEP_MS * 8).map((s) => iso(s.at));
    return { from: input.from, to: input.to, series, discontinuities: gaps };
  }

  disturbances() {
    return disturbances.map(([number, title, kind, effect]) => ({ number, title, kind, effect, active: this.active.has(number) }));
  }
}
