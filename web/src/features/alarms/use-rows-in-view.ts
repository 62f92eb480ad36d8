import { useEffect, useLayoutEffect, useMemo, useState, type RefObject } from 'react';

/** A list that is no longer than this is drawn whole. */
export const DRAWN_WHOLE = 150;
/** Rows drawn beyond what is in view, on each side: a turn of the wheel and a key press find them there. */
const BEYOND = 16;
/** With fewer than so many beyond the view others are drawn. */
const NEAR = 6;
/** Until one has been measured, px. */
const ROW_HEIGHT = 56;

export interface RowsInView {
  /** The first row that is drawn, and the one after the last. */
  from: number;
  to: number;
  /** What a row that is not drawn is taken for, px. */
  rowHeight: number;
}

interface Looked extends RowsInView {
  /** The first row that was in view, and whose it was; of nobody while the beginning of the list is in view. */
  first: number;
  key: string | null;
}

/** The rows of a table body that are drawn. */
export function drawnRows(body: HTMLElement): HTMLElement[] {
  return [...body.querySelectorAll<HTMLElement>('tr[data-alarm]')];
}

/** What scrolls around an element. */
export function scrollerOf(element: Element): Element {
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    if (parent.scrollHeight > parent.clientHeight && /auto|scroll/.test(getComputedStyle(parent).overflowY)) return parent;
  }
  return document.documentElement;
}

/** Where of the window an element is seen through what scrolls around it, px. */
export function viewOf(element: Element): { top: number; bottom: number } {
  const scroller = scrollerOf(element);
  const { top, bottom } = scroller === document.documentElement ? { top: 0, bottom: window.innerHeight } : scroller.getBoundingClientRect();
  return { top: Math.max(0, top), bottom: Math.min(window.innerHeight, bottom) };
}

/** Which of `count` rows are to be drawn, by what is seen of those that are drawn now. */
function look(body: HTMLElement, drawn: RowsInView, count: number): Looked {
  const rows = drawnRows(body);
  const view = viewOf(body);
  const { top } = body.getBoundingClientRect();
  const tall = rows.reduce((sum, row) => sum + row.offsetHeight, 0);
  const measured = tall > 0 ? tall / rows.length : drawn.rowHeight;
  // The height is kept while it is about right: what is not drawn would otherwise grow and shrink by itself.
  const rowHeight = Math.abs(measured - drawn.rowHeight) < drawn.rowHeight / 4 ? drawn.rowHeight : measured;
  const room = Math.ceil((view.bottom - view.top) / rowHeight);
  // By a row that is seen, when there is one: rows are not all of one height, and a sum of guesses drifts.
  const seen = rows.find((row) => {
    const box = row.getBoundingClientRect();
    return box.bottom > view.top && box.top < view.bottom;
  });
  const first = seen ? Number(seen.dataset['row']) : Math.min(count - 1, Math.floor(Math.max(0, view.top - top) / drawn.rowHeight));
  const key = top < view.top ? (seen?.dataset['alarm'] ?? null) : null;
  const enough = drawn.from <= Math.max(0, first - NEAR) && drawn.to >= Math.min(count, first + room + NEAR) && drawn.to - drawn.from <= room + 4 * BEYOND;
  if (enough) return { from: drawn.from, to: drawn.to, rowHeight, first, key };
  return { from: Math.max(0, Math.min(first, count - room) - BEYOND), to: Math.min(count, first + room + BEYOND), rowHeight, first, key };
}

const same = (a: Looked, b: Looked) => a.from === b.from && a.to === b.to && a.rowHeight === b.rowHeight && a.first === b.first && a.key === b.key;

/**
 * Which rows are drawn: all of a short list, of a long one those that are in view and some around them. Who has scrolled into
 * the list sees the same alarms when others come above them, so the same are drawn.
 */
export function useRowsInView(lines: readonly { alarm: { key: string } }[], body: RefObject<HTMLElement | null>): RowsInView {
  const [looked, setLooked] = useState<Looked>({ from: 0, to: DRAWN_WHOLE / 3, rowHeight: ROW_HEIGHT, first: 0, key: null });
  const count = lines.length;
  const long = count > DRAWN_WHOLE;
  const moved = useMemo(() => {
    const { key, first } = looked;
    const at = key === null ? -1 : lines.findIndex(({ alarm }) => alarm.key === key);
    return at < 0 ? 0 : at - first;
  }, [lines, looked]);
  const within = (number: number) => Math.max(0, Math.min(count, number));
  const [from, to] = long ? [within(looked.from + moved), within(looked.to + moved)] : [0, count];
  const { rowHeight } = looked;
  useEffect(() => {
    if (!long) return undefined;
    let frame: number | null = null;
    const update = () => {
      frame = null;
      if (!body.current) return;
      const now = look(body.current, { from, to, rowHeight }, count);
      setLooked((before) => (same(before, now) ? before : now));
    };
    const ask = () => { frame ??= requestAnimationFrame(update); };
    ask();
    // Whatever scrolls around the list is heard here on its way down.
    document.addEventListener('scroll', ask, { capture: true, passive: true });
    window.addEventListener('resize', ask);
    return () => {
      if (frame !== null) cancelAnimationFrame(frame);
      document.removeEventListener('scroll', ask, { capture: true });
      window.removeEventListener('resize', ask);
    };
  }, [long, from, to, rowHeight, count, body]);
  return { from, to, rowHeight };
}

export interface Part {
  from: number;
  to: number;
  /** How many rows before it are not drawn. */
  before: number;
}

/** Rows are counted from one, and the first is the heading. */
const HEADING_ROWS = 2;

/**
 * Writes on each row its number in the whole list, `data-row` for us and the same for who hears the page. A row that was given
 * its number by its maker would be made anew by each alarm that comes above it.
 */
export function useRowNumbers(body: RefObject<HTMLElement | null>, drawn: readonly Part[]): void {
  useLayoutEffect(() => {
    if (!body.current) return;
    const rows = drawnRows(body.current);
    const numbers = drawn.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));
    for (const [at, row] of rows.entries()) {
      const number = numbers[at] ?? 0;
      if (row.dataset['row'] === String(number)) continue;
      row.dataset['row'] = String(number);
      row.ariaRowIndex = String(number + HEADING_ROWS);
    }
  });
}

/** What is drawn of `count` rows: those in view, and the one that holds the keyboard wherever it is; at last an empty part with what follows. */
export function partsOf(count: number, { from, to }: Pick<RowsInView, 'from' | 'to'>, held: number | null): Part[] {
  const alone = held !== null && held >= 0 && held < count && (held < from || held >= to) ? [{ from: held, to: held + 1 }] : [];
  const inOrder = [...alone, { from, to }, { from: count, to: count }].sort((a, b) => a.from - b.from || a.to - b.to);
  return inOrder.map((part, at) => ({ ...part, before: part.from - (inOrder[at - 1]?.to ?? 0) }));
}
