import { useShallow } from 'zustand/react/shallow';

import type { Health, Severity } from '@/api/generated/graphql';
import { alarmsOfTag, alarmsOfUnit, useAlarms } from '@/stores/alarms';
import { useUnitHealth } from '@/stores/units';
import { healths } from '@/ui/marks';

export interface UnitState {
  health: Health;
  reason: string | null;
  severity: Severity | null;
  alarms: number;
  unacknowledged: number;
  /** Whether the alarm list is known. */
  complete: boolean;
}

/** What a unit's sign shows: its alarms first, then how its supervision fares. */
export function useUnitState(key: string): UnitState {
  const alarms = useAlarms(
    useShallow(({ complete }) => {
      const mine = alarmsOfUnit(key);
      return { complete, severity: mine?.worst ?? null, alarms: mine?.total ?? 0, unacknowledged: mine?.unacknowledged ?? 0 };
    }),
  );
  const health = useUnitHealth((s) => s.units[key]);
  return { ...alarms, health: health?.health ?? 'STARTING', reason: health?.healthReason ?? null };
}

/**
 * The alarms of a unit; without any, how it is watched. That its actors run says nothing of the plant, which may have tripped:
 * so "running" is not a word for it.
 */
export function describe({ alarms, unacknowledged, health, complete }: UnitState): string {
  if (alarms === 0) return health === 'RUNNING' ? (complete ? 'No alarms' : 'Reading alarms') : healths[health].name;
  const counted = `${alarms} ${alarms === 1 ? 'alarm' : 'alarms'}`;
  return unacknowledged > 0 ? `${counted}, ${unacknowledged} new` : counted;
}

/** The worst alarm of one tag, as `severity`, whether it flashes, and whether the condition of any still holds. */
export function useTagAlarm(tag: string): { severity: Severity | null; flashing: boolean; active: boolean } {
  return useAlarms(
    useShallow(() => {
      const mine = alarmsOfTag(tag);
      return { severity: mine?.worst ?? null, flashing: (mine?.unacknowledged ?? 0) > 0, active: (mine?.active ?? 0) > 0 };
    }),
  );
}
