/** An order in which no two are equal, so that everything has one place. */
export type Order<T> = (a: T, b: T) => number;

/** Where `item` stands, or would stand. */
function placeOf<T>(list: readonly T[], item: T, order: Order<T>): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(list[middle] as T, item) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * A list in order, without some and with others: a few among many are found by halving, and the rest is copied as it stands.
 * Who is to go and does not stand there is passed over.
 */
export function exchanged<T>(list: readonly T[], gone: readonly T[], come: readonly T[], order: Order<T>): readonly T[] {
  if (gone.length === 0 && come.length === 0) return list;
  const leaves = new Set<number>();
  for (const item of gone) {
    const place = placeOf(list, item, order);
    if (list[place] === item) leaves.add(place);
  }
  const entering = [...come].sort(order).map((item) => ({ item, place: placeOf(list, item, order) }));
  const next: T[] = [];
  let at = 0;
  const copyTo = (place: number) => { for (; at < place; at += 1) if (!leaves.has(at)) next.push(list[at] as T); };
  for (const { item, place } of entering) {
    copyTo(place);
    next.push(item);
  }
  copyTo(list.length);
  return next;
}
