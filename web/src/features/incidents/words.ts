import type { DiagnosisCertainty, IncidentCall, Judgement } from '@/api/generated/graphql';
import { formatAge } from '@/lib/format';

export const judgements: Record<Judgement, string> = { RIGHT: 'right', PARTLY_RIGHT: 'partly right', WRONG: 'wrong' };

/** What the time at which it was called for means. */
export const called: Record<IncidentCall, string> = { ALARM: 'Raised', LATER_ONSET: 'Certain', ADVISORY: 'Advised from' };

interface Candidate {
  score: number;
  possible: boolean;
  cause: { key: string; name: string };
}

/** What can be told, in one line. */
export function headline(certainty: DiagnosisCertainty, causes: readonly Candidate[]): string {
  const possible = causes.filter((candidate) => candidate.possible);
  switch (certainty) {
    case 'ONE': return possible[0]?.cause.name ?? 'One cause';
    case 'ONE_OF': return `One of ${possible.length} causes that cannot be told apart`;
    case 'INCONCLUSIVE': return 'Inconclusive';
  }
}

/** A cause by its short name: "IDV 5" for `idv-5`. */
export function causeKey(key: string): string {
  return key.toUpperCase().replace('-', ' ').replaceAll('-', ' ');
}

/** Minutes of plant time; the range says how sure that is. */
export function tripWords({ earlyMinutes, medianMinutes, lateMinutes }: { earlyMinutes: number; medianMinutes: number; lateMinutes: number }): string {
  const [early, median, late] = [earlyMinutes, medianMinutes, lateMinutes].map((minutes) => formatAge(minutes * 60_000));
  return earlyMinutes === lateMinutes ? `in about ${median}` : `in about ${median} (${early} to ${late})`;
}

/** In the order in which they departed; what never stood out comes last. */
export function inOrderOfDeparture<T extends { departedAt: string | null }>(roots: readonly T[]): T[] {
  const at = (root: T) => (root.departedAt === null ? Infinity : Date.parse(root.departedAt));
  return [...roots].sort((a, b) => at(a) - at(b));
}
