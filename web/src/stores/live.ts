import { create } from 'zustand';

import type { DiscontinuityReason, Quality, SourcePartsFragment, ValuesSubscription } from '@/api/generated/graphql';
import { serverNow } from '@/lib/clock';
import { browserFrames, FrameBatcher, paced, type FrameHost } from '@/lib/frame';
import { Ring, type Reading } from '@/lib/ring';

export interface LiveValue {
  value: number | null;
  quality: Quality;
  /** Plant time, ms. */
  at: number;
  /** When the server took it in, wall time, ms. */
  ingestedAt: number;
}

export interface Break {
  /** Plant time, ms, of the last value before the break; null when there was none. */
  at: number | null;
  reason: DiscontinuityReason;
}

interface LiveState {
  values: Readonly<Record<string, LiveValue>>;
  scan: number | null;
  /** Plant time of the newest batch, ms. */
  at: number | null;
  source: SourcePartsFragment | null;
  /** Breaks of the stream that this page has seen, newest last. */
  breaks: readonly Break[];
}

export type ValuesItem = ValuesSubscription['values'];

export const useLive = create<LiveState>(() => ({ values: {}, scan: null, at: null, source: null, breaks: [] }));

const RING_CAPACITY = 600;
const BREAKS_KEPT = 20;
const rings = new Map<string, Ring>();

function ringOf(tag: string): Ring {
  let ring = rings.get(tag);
  if (!ring) {
    ring = new Ring(RING_CAPACITY);
    rings.set(tag, ring);
  }
  return ring;
}

/** The last readings of a tag, outside of React: a chart reads them when it draws. */
export function recentReadings(tag: string, since?: number): Reading[] {
  return rings.get(tag)?.readings(since) ?? [];
}

/** Bad and stale values are no measurement; a chart shows a gap. */
export function isUsable(quality: Quality): boolean {
  return quality === 'GOOD' || quality === 'UNCERTAIN';
}

function fold(waiting: LiveState, next: LiveState): LiveState {
  return { ...next, values: { ...waiting.values, ...next.values }, breaks: [...waiting.breaks, ...next.breaks] };
}

function apply(folded: LiveState): void {
  useLive.setState((before) => ({
    values: { ...before.values, ...folded.values },
    scan: folded.scan ?? before.scan,
    at: folded.at ?? before.at,
    source: folded.source ?? before.source,
    breaks: [...before.breaks, ...folded.breaks].slice(-BREAKS_KEPT),
  }));
}

/** At a hundred times the speed values come faster than frames, and every page that follows the plant is drawn anew by each. */
const LEAST_MS = 100;

function newBatcher(host: FrameHost = paced(browserFrames, LEAST_MS)) {
  return new FrameBatcher<LiveState>(fold, apply, host);
}

let batcher: FrameBatcher<LiveState> | null = null;
let newestAt: number | null = null;

/** For tests, which have no frames of their own. */
export function framesFrom(host: FrameHost): void {
  batcher = newBatcher(host);
}

/** Takes one item of the stream. Rings grow at once; the page follows with the next frame. */
export function takeValues(item: ValuesItem): void {
  batcher ??= newBatcher();
  if (item.__typename === 'Discontinuity') {
    batcher.push({ values: {}, scan: null, at: null, source: null, breaks: [{ at: newestAt, reason: item.reason }] });
    // After a reset plant time starts anew, so what the rings hold belongs to another run.
    for (const ring of rings.values()) {
      if (item.reason === 'SOURCE_RESET') ring.clear();
      else ring.push(newestAt ?? 0, null);
    }
    return;
  }
  const at = Date.parse(item.sourceTime);
  const ingestedAt = Date.parse(item.ingestTime);
  const values: Record<string, LiveValue> = {};
  for (const { tag, value, quality } of item.values) {
    ringOf(tag).push(at, isUsable(quality) ? value : null);
    values[tag] = { value, quality, at, ingestedAt: quality === 'STALE' ? (useLive.getState().values[tag]?.ingestedAt ?? ingestedAt) : ingestedAt };
  }
  newestAt = at;
  batcher.push({ values, scan: item.scan, at, source: item.source, breaks: [] });
}

/** From answers beside the stream: a paused source sends no batches, and its state must be seen nevertheless. */
export function takeSource(source: SourcePartsFragment): void {
  useLive.setState({ source });
}

/** Age of the oldest value in ms, and whose it is; null before the first. */
export function oldest(values: Readonly<Record<string, LiveValue>>, now = serverNow()): { tag: string; ageMs: number } | null {
  let found: { tag: string; ageMs: number } | null = null;
  for (const [tag, value] of Object.entries(values)) {
    const ageMs = Math.max(0, now - value.ingestedAt);
    if (!found || ageMs > found.ageMs) found = { tag, ageMs };
  }
  return found;
}

export function forgetLive(): void {
  rings.clear();
  newestAt = null;
  useLive.setState({ values: {}, scan: null, at: null, source: null, breaks: [] }, true);
}
