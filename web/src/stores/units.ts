import { create } from 'zustand';

import type { Health } from '@/api/generated/graphql';

export interface UnitHealth {
  health: Health;
  healthReason: string | null;
}

/** How supervision judges each unit, by unit key. */
export const useUnitHealth = create<{ units: Readonly<Record<string, UnitHealth>> }>(() => ({ units: {} }));

export function takeHealth(units: readonly (UnitHealth & { key: string })[]): void {
  useUnitHealth.setState({ units: Object.fromEntries(units.map(({ key, health, healthReason }) => [key, { health, healthReason }])) });
}
