import { severityOrder } from '@/ui/marks';
import { shownSince, type Alarm } from '@/stores/alarms';

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

type List = readonly Alarm[];

const rank = (alarm: Alarm): number => severityOrder.indexOf(alarm.severity);

/** Puts each in its heap; within a heap they stay as they stood. */
function heaps(list: List, heapOf: (alarm: Alarm) => number): List {
  const found: Alarm[][] = [];
  for (const alarm of list) (found[heapOf(alarm)] ??= []).push(alarm);
  return found.flat();
}

/** The oldest first; who came at the same moment stays as they stood. */
function oldestFirst(list: List): List {
  const turned: Alarm[] = [];
  for (let end = list.length; end > 0; ) {
    let from = end - 1;
    while (from > 0 && shownSince(list[from - 1] as Alarm) === shownSince(list[from] as Alarm)) from -= 1;
    for (let at = from; at < end; at += 1) turned.push(list[at] as Alarm);
    end = from;
  }
  return turned;
}

function byUnit(list: List): List {
  const names = [...new Set(list.map((alarm) => alarm.unit?.name ?? ''))].sort((a, b) => a.localeCompare(b));
  const place = new Map(names.map((name, at) => [name, at]));
  return heaps(list, (alarm) => (place.get(alarm.unit?.name ?? '') ?? 0) * severityOrder.length + rank(alarm));
}

const orders: Record<ListOrder, (list: List) => List> = {
  newest: (list) => list,
  oldest: oldestFirst,
  // Who owes an acknowledgement stands before who does not.
  severity: (list) => heaps(list, (alarm) => 2 * rank(alarm) + (alarm.acknowledged ? 1 : 0)),
  unit: byUnit,
};

/** The list, which stands newest first, in another order; alarms that are equal keep theirs. Nothing is compared with anything, so a long list is quick. */
export function ordered(newestFirst: List, order: ListOrder): List {
  return orders[order](newestFirst);
}
