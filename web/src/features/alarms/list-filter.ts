import { useSearchParams } from 'react-router';

import type { AlarmState } from '@/api/generated/graphql';
import { owesAcknowledgement, type Alarm } from '@/stores/alarms';
import { severityOrder } from '@/ui/marks';

import { isListOrder, type ListOrder } from './order';

/** The states in which an alarm stands in the list. */
export const listedStates = ['UNACKNOWLEDGED', 'ACKNOWLEDGED', 'RTN_UNACKNOWLEDGED', 'LATCHED_UNACKNOWLEDGED', 'LATCHED_ACKNOWLEDGED'] as const satisfies readonly AlarmState[];

export function isListed(text: string | null): text is (typeof listedStates)[number] {
  return listedStates.some((state) => state === text);
}

export interface Wanted {
  severity: string | null;
  unit: string | null;
  text: string;
  owed: boolean;
  state: AlarmState | null;
}

export interface Filter extends Wanted {
  order: ListOrder;
}

/** Those of the list that are wanted. */
export function matching(list: readonly Alarm[], { severity, unit, text, owed, state }: Wanted): readonly Alarm[] {
  const words = text.toLowerCase();
  if (!severity && !unit && !state && !owed && words === '') return list;
  return list.filter((alarm) => {
    if (severity && alarm.severity !== severity) return false;
    if (unit && alarm.unit?.key !== unit) return false;
    if (state && alarm.state !== state) return false;
    if (owed && !owesAcknowledgement[alarm.state]) return false;
    return words === '' || `${alarm.title} ${alarm.key}`.toLowerCase().includes(words);
  });
}

/** What the address says of the list, and how to say it anew. */
export function useFilter(): [Filter, (filter: Filter) => void] {
  const [search, setSearch] = useSearchParams();
  const [state, order] = [search.get('state'), search.get('order')];
  const filter: Filter = {
    severity: severityOrder.find((known) => known === search.get('severity')) ?? null, unit: search.get('unit'), text: search.get('text') ?? '', owed: search.get('owed') === 'yes',
    state: isListed(state) ? state : null, order: isListOrder(order) ? order : 'newest',
  };
  const set = (next: Filter) => {
    const params = new URLSearchParams(search);
    const entries = { severity: next.severity, unit: next.unit, text: next.text || null, owed: next.owed ? 'yes' : null, state: next.state, order: next.order === 'newest' ? null : next.order };
    for (const [name, value] of Object.entries(entries)) if (value) params.set(name, value); else params.delete(name);
    setSearch(params, { replace: true });
  };
  return [filter, set];
}
