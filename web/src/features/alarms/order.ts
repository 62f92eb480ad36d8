import { severityOrder } from '@/ui/marks';
import type { Alarm } from '@/stores/alarms';

/** How the alarm list is ordered. */
export type ListOrder = 'newest' | 'oldest' | 'severity' | 'unit';

export const listOrders: Record<ListOrder, string> = {
  newest: 'Newest call first',
  oldest: 'Oldest call first',
  severity: 'Most severe first',
  unit: 'By unit',
};

export function isListOrder(text: string | null): text is ListOrder {
  return text !== null && text in listOrders;
}

const called = (alarm: Alarm): number => Date.parse(alarm.annunciatedAt ?? alarm.group?.since ?? '') || 0;
const rank = (alarm: Alarm): number => severityOrder.indexOf(alarm.severity);
/** Who owes an acknowledgement stands before who does not. */
const debt = (alarm: Alarm): number => (alarm.acknowledged ? 1 : 0);
const newer = (a: Alarm, b: Alarm): number => called(b) - called(a);

const comparers: Record<ListOrder, (a: Alarm, b: Alarm) => number> = {
  newest: newer,
  oldest: (a, b) => newer(b, a),
  severity: (a, b) => rank(a) - rank(b) || debt(a) - debt(b) || newer(a, b),
  unit: (a, b) => (a.unit?.name ?? '').localeCompare(b.unit?.name ?? '') || rank(a) - rank(b) || newer(a, b),
};

/** The list in an order; alarms that are equal keep theirs. */
export function ordered(alarms: readonly Alarm[], order: ListOrder): readonly Alarm[] {
  return [...alarms].sort(comparers[order]);
}
