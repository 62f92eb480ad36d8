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
}

interface DetectorsState {
  detectors: Readonly<Record<string, Detector>>;
  order: readonly string[];
  /** What arrived since the page was opened, by detector, oldest first. */
  arrived: Readonly<Record<string, readonly ScorePoint[]>>;
  complete: boolean;
  /** Grows with every break, so that the page asks for the history anew. */
  epoch: number;
}

const KEPT = 600;

export const useDetectors = create<DetectorsState>(() => ({ detectors: {}, order: [], arrived: {}, complete: false, epoch: 0 }));

type Scored = { sourceTime: string; scores: readonly { chart: string; statistic: number; limit: number }[] };

export function scorePoint(verdict: Scored): ScorePoint {
  return {
    at: Date.parse(verdict.sourceTime),
    statistics: Object.fromEntries(verdict.scores.map((s) => [s.chart, s.statistic])),
    limits: Object.fromEntries(verdict.scores.map((s) => [s.chart, s.limit])),
  };
}

/** Appends a verdict unless it is one that we have; the stream repeats the last verdict when only the status changed. */
export function withPoint(points: readonly ScorePoint[], point: ScorePoint): readonly ScorePoint[] {
  const last = points.at(-1);
  if (last && point.at <= last.at) return points;
  return [...points, point].slice(-KEPT);
}

export function takeDetectors(item: DetectorItem): void {
  useDetectors.setState((before) => {
    switch (item.__typename) {
      case 'Discontinuity':
        return { complete: false, arrived: {}, epoch: before.epoch + 1 };
      case 'DetectorSnapshot':
        return { complete: true, order: item.detectors.map((d) => d.key), detectors: Object.fromEntries(item.detectors.map((d) => [d.key, d])) };
      case 'DetectorEvent': {
        const { detector } = item;
        const order = before.order.includes(detector.key) ? before.order : [...before.order, detector.key];
        const known = before.arrived[detector.key] ?? [];
        const arrived = detector.verdict ? { ...before.arrived, [detector.key]: withPoint(known, scorePoint(detector.verdict)) } : before.arrived;
        return { order, arrived, detectors: { ...before.detectors, [detector.key]: detector } };
      }
    }
  });
}

export function forgetDetectors(): void {
  useDetectors.setState({ detectors: {}, order: [], arrived: {}, complete: false, epoch: 0 });
}
