import { useShallow } from 'zustand/react/shallow';

import type { Health, Severity } from '@/api/generated/graphql';
import { owesAcknowledgement, useAlarms, worst } from '@/stores/alarms';
import { useUnitHealth } from '@/stores/units';

export interface UnitState {
  health: Health;
  reason: string | null;
  severity: Severity | null;
  alarms: number;
  unacknowledged: number;
}

/** What a unit's sign shows: its alarms first, then how its supervision fares. */
export function useUnitState(key: string): UnitState {
  const alarms = useAlarms(
    useShallow(({ list }) => {
      const mine = list.filter((alarm) => alarm.unit?.key === key);
      return { severity: worst(mine), alarms: mine.length, unacknowledged: mine.filter((alarm) => owesAcknowledgement[alarm.state]).length };
    }),
  );
  const health = useUnitHealth((s) => s.units[key]);
  return { ...alarms, health: health?.health ?? 'STARTING', reason: health?.healthReason ?? null };
}

export function describe({ alarms, unacknowledged }: UnitState): string {
  const counted = `${alarms} ${alarms === 1 ? 'alarm' : 'alarms'}`;
  return unacknowledged > 0 ? `${counted}, ${unacknowledged} new` : counted;
}

/** The worst alarm of one tag, as `severity` and whether it flashes. */
export function useTagAlarm(tag: string): { severity: Severity | null; flashing: boolean } {
  return useAlarms(
    useShallow(({ list }) => {
      const mine = list.filter((alarm) => alarm.tag?.key === tag);
      return { severity: worst(mine), flashing: mine.some((alarm) => owesAcknowledgement[alarm.state]) };
    }),
  );
}
