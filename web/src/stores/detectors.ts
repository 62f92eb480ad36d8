import { create } from 'zustand';

import type { DetectorPartsFragment, DetectorScoresSubscription } from '@/api/generated/graphql';

export type DetectorItem = DetectorScoresSubscription['detectorScores'];
export type Detector = DetectorPartsFragment;

export interface ScorePoint {
  /** Plant time, ms. */
  at: number;
  /** Statistic by chart; null where the detector could not say anything. */
  statistics: Readonly<Record<string, number | null>>;
  limits: Readonly<Record<string, number>>;
  /** The largest contributions by tag, 0…1; empty where they were not asked for. */
  shares: Readonly<Record<string, number>>;
}

interface DetectorsState {
  detectors: Readonly<Record<string, Detector>>;
  order: readonly string[];
  /** What arrived since the page was opened, by detector, oldest first. */
  arrived: Readonly<Record<string, readonly ScorePoint[]>>;
  /** The same of the model that judges in the shadow. */
  beside: Readonly<Record<string, readonly ScorePoint[]>>;
  complete: boolean;
  /** Grows with every break, so that the page asks for the history anew. */
  epoch: number;
}

const KEPT = 600;

export const useDetectors = create<DetectorsState>(() => ({ detectors: {}, order: [], arrived: {}, beside: {}, complete: false, epoch: 0 }));

export interface Scored {
  sourceTime: string;
  scores: readonly { chart: string; statistic: number; limit: number }[];
  contributions?: readonly { share: number; tag: { key: string } }[];
}

/** So many contributions of each sample are drawn over time, as many as the history has. */
const SHARES = 6;

export function scorePoint(verdict: Scored): ScorePoint {
  return {
    at: Date.parse(verdict.sourceTime),
    statistics: Object.fromEntries(verdict.scores.map((s) => [s.chart, s.statistic])),
    limits: Object.fromEntries(verdict.scores.map((s) => [s.chart, s.limit])),
    shares: Object.fromEntries((verdict.contributions ?? []).slice(0, SHARES).map((c) => [c.tag.key, c.share])),
  };
}

/** Appends a verdict unless it is one that we have; the stream repeats the last verdict when only the status changed. */
export function withPoint(points: readonly ScorePoint[], point: ScorePoint): readonly ScorePoint[] {
  const last = points.at(-1);
  if (last && point.at <= last.at) return points;
  return [...points, point].slice(-KEPT);
}

/** History, then what the stream brought after it. */
export function joined(history: readonly ScorePoint[], arrived: readonly ScorePoint[]): readonly ScorePoint[] {
  const last = history.at(-1)?.at ?? -Infinity;
  const later = arrived.filter(({ at }) => at > last);
  return later.length === 0 ? history : [...history, ...later].slice(-KEPT);
}

export function takeDetectors(item: DetectorItem): void {
  useDetectors.setState((before) => {
    switch (item.__typename) {
      case 'Discontinuity':
        return { complete: false, arrived: {}, beside: {}, epoch: before.epoch + 1 };
      case 'DetectorSnapshot':
        return { complete: true, order: item.detectors.map((d) => d.key), detectors: Object.fromEntries(item.detectors.map((d) => [d.key, d])) };
      case 'DetectorEvent': {
        const { detector } = item;
        const order = before.order.includes(detector.key) ? before.order : [...before.order, detector.key];
        const known = before.arrived[detector.key] ?? [];
        const arrived = detector.verdict ? { ...before.arrived, [detector.key]: withPoint(known, scorePoint(detector.verdict)) } : before.arrived;
        const shadow = detector.shadow?.verdict;
        const beside = shadow ? { ...before.beside, [detector.key]: withPoint(before.beside[detector.key] ?? [], scorePoint(shadow)) } : before.beside;
        return { order, arrived, beside, detectors: { ...before.detectors, [detector.key]: detector } };
      }
    }
  });
}

export function forgetDetectors(): void {
  useDetectors.setState({ detectors: {}, order: [], arrived: {}, beside: {}, complete: false, epoch: 0 });
}
