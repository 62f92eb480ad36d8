import type { JournalFilter, TransitionKind } from '@/api/generated/graphql';
import { moment, since } from '@/lib/asked-time';

import { transitionNames } from './transitions';

/** What is asked of the journal, as it stands in the address. */
export interface JournalQuestion {
  text: string;
  /** An alarm's key; `alarm` in the address is the one whose detail is open. */
  of: string | null;
  unit: string | null;
  kinds: readonly TransitionKind[];
  by: string;
  /** So many hours up to now. */
  period: string | null;
  /** Times of the wall here, as the browser's field writes them: `2026-11-25T10:00`. */
  from: string | null;
  to: string | null;
}

export const periods = [
  { value: '1', label: 'Last hour' },
  { value: '8', label: 'Last 8 h' },
  { value: '24', label: 'Last 24 h' },
  { value: '168', label: 'Last 7 days' },
];

const isKind = (text: string): text is TransitionKind => text in transitionNames;

export function questionOf(params: URLSearchParams): JournalQuestion {
  const period = params.get('period');
  return {
    text: params.get('q') ?? '',
    of: params.get('of'),
    unit: params.get('unit'),
    kinds: (params.get('kinds') ?? '').split(',').filter(isKind),
    by: params.get('by') ?? '',
    period: periods.some(({ value }) => value === period) ? period : null,
    from: params.get('from'),
    to: params.get('to'),
  };
}

/** The address that asks this. */
export function write(params: URLSearchParams, { text, of, unit, kinds, by, period, from, to }: JournalQuestion): URLSearchParams {
  const next = new URLSearchParams(params);
  const entries = { q: text, of, unit, kinds: kinds.join(','), by, period, from, to };
  for (const [name, value] of Object.entries(entries)) if (value) next.set(name, value); else next.delete(name);
  return next;
}

export function journalFilter(question: JournalQuestion, now = Date.now()): JournalFilter | null {
  const { text, of, unit, kinds, by, period } = question;
  const filter = {
    search: text || null,
    alarm: of,
    unit,
    kinds: kinds.length > 0 ? [...kinds] : null,
    by: by || null,
    from: since(period, now) ?? moment(question.from),
    to: moment(question.to),
  };
  return Object.values(filter).some((value) => value !== null) ? filter : null;
}

/** Where the same rows can be had as a file. */
export function exportAddress(plant: string, question: JournalQuestion, form: 'csv' | 'json', now = Date.now()): string {
  const filter = journalFilter(question, now);
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter ?? {})) {
    if (value) params.set(name, Array.isArray(value) ? value.join(',') : value);
  }
  const query = params.toString();
  return `/plants/${encodeURIComponent(plant)}/exports/journal.${form}${query ? `?${query}` : ''}`;
}
