import type { Severity } from '@/api/generated/graphql';

import { owesAcknowledgement, type Alarm } from './alarm-rules';

interface Count {
  total: number;
  unacknowledged: number;
}

export type BySeverity = Readonly<Record<Severity, Readonly<Count>>>;

const downwards: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** How many alarms stand somewhere, and of what kind; kept by each change, so that nobody counts them all again. */
export class Standing {
  total = 0;
  unacknowledged = 0;
  /** Whose condition holds. */
  active = 0;
  private readonly counts: Record<Severity, Count> = {
    CRITICAL: { total: 0, unacknowledged: 0 },
    HIGH: { total: 0, unacknowledged: 0 },
    MEDIUM: { total: 0, unacknowledged: 0 },
    LOW: { total: 0, unacknowledged: 0 },
  };

  /** One more that is like this, or one less. */
  count({ state, severity, active }: Pick<Alarm, 'state' | 'severity' | 'active'>, by: 1 | -1): void {
    const owed = owesAcknowledgement[state] ? by : 0;
    this.total += by;
    this.unacknowledged += owed;
    if (active) this.active += by;
    this.counts[severity].total += by;
    this.counts[severity].unacknowledged += owed;
  }

  get worst(): Severity | null {
    return downwards.find((severity) => this.counts[severity].total > 0) ?? null;
  }

  /** The numbers as they are now. */
  bySeverity(): BySeverity {
    const { CRITICAL, HIGH, MEDIUM, LOW } = this.counts;
    return { CRITICAL: { ...CRITICAL }, HIGH: { ...HIGH }, MEDIUM: { ...MEDIUM }, LOW: { ...LOW } };
  }
}
