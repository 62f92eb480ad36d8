import type { ChangeState, ConsequenceSeverity, DriftKind, RegisterRulesPartsFragment, Severity } from '@/api/generated/graphql';

export const changeStates: Record<ChangeState, string> = {
  PROPOSED: 'waits for approval',
  IN_FORCE: 'in force',
  SUPERSEDED: 'superseded',
  REJECTED: 'rejected',
  WITHDRAWN: 'taken back',
};

export const driftKinds: Record<DriftKind, { name: string; explanation: string }> = {
  FILE_CHANGED: { name: 'plant file edited', explanation: 'Somebody has edited the plant file since this entry was approved.' },
  APPEARED: { name: 'not in the register', explanation: 'The plant file has this alarm, and nobody has approved it.' },
  DISAPPEARED: { name: 'gone from the plant file', explanation: 'The register holds this alarm, but the plant file does not have it any more.' },
  NOT_APPLIED: { name: 'not applied', explanation: 'The approved settings do not fit the plant file, so the plant file decides.' },
};

export const consequences: Record<ConsequenceSeverity, string> = { NONE: 'None', MINOR: 'Minor', MAJOR: 'Major', SEVERE: 'Severe' };
export const consequenceOrder: readonly ConsequenceSeverity[] = ['NONE', 'MINOR', 'MAJOR', 'SEVERE'];

type Rules = Pick<RegisterRulesPartsFragment, 'matrix'>;

/** The worst of several consequences. */
export function worst(all: readonly ConsequenceSeverity[]): ConsequenceSeverity {
  return all.reduce((one, other) => (consequenceOrder.indexOf(other) > consequenceOrder.indexOf(one) ? other : one), 'NONE');
}

/** What suffers if nobody acts, in words: `safety severe, economics major`. */
export function atStake(found: Record<'safety' | 'environment' | 'economics', ConsequenceSeverity>): string {
  const respects = ['safety', 'environment', 'economics'] as const;
  return respects.filter((respect) => found[respect] !== 'NONE').map((respect) => `${respect} ${consequences[found[respect]].toLowerCase()}`).join(', ');
}

/** The row of the matrix for a time to respond; the server decides, this shows it while it is typed. */
export function rowOf({ matrix }: Rules, minutes: number): number {
  const at = matrix.findIndex(({ belowMinutes }) => belowMinutes === null || minutes < belowMinutes);
  return at < 0 ? matrix.length - 1 : at;
}

/** The severity of an assessment; null when nothing happens if nobody acts, which is no alarm. */
export function severityOf(rules: Rules, minutes: number, all: readonly ConsequenceSeverity[]): Severity | null {
  const row = rules.matrix[rowOf(rules, minutes)];
  if (!row) return null;
  switch (worst(all)) {
    case 'NONE': return null;
    case 'MINOR': return row.minor;
    case 'MAJOR': return row.major;
    case 'SEVERE': return row.severe;
  }
}

/** The class of time to respond in words: `3 to 10 min`. */
export function timeClass({ matrix }: Rules, at: number): string {
  const from = at > 0 ? matrix[at - 1]?.belowMinutes : null;
  const to = matrix[at]?.belowMinutes ?? null;
  if (to === null) return from === null ? 'any time' : `${from} min and more`;
  return from === null ? `under ${to} min` : `${from} to ${to} min`;
}

export function seconds(given: number): string {
  if (given < 120) return `${Number(given.toFixed(1))} s`;
  if (given < 7_200) return `${Number((given / 60).toFixed(1))} min`;
  return `${Number((given / 3_600).toFixed(1))} h`;
}
