import type { AuditFilter } from '@/api/generated/graphql';
import { moment, since } from '@/lib/asked-time';

/** What is asked of the audit, as it stands in the address. */
export interface AuditQuestion {
  who: string;
  action: string | null;
  /** So many hours up to now. */
  period: string | null;
  /** Times of the wall here, as the browser's field writes them: `2026-11-25T10:00`. */
  from: string | null;
  to: string | null;
  refused: boolean;
}

export const periods = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last 24 h' },
  { value: '168', label: 'Last 7 days' },
  { value: '720', label: 'Last 30 days' },
];

export function questionOf(params: URLSearchParams): AuditQuestion {
  const period = params.get('period');
  return {
    who: params.get('who') ?? '',
    action: params.get('action'),
    period: periods.some(({ value }) => value === period) ? period : null,
    from: params.get('from'),
    to: params.get('to'),
    refused: params.get('refused') === 'yes',
  };
}

/** The address that asks this. */
export function write(params: URLSearchParams, { who, action, period, from, to, refused }: AuditQuestion): URLSearchParams {
  const next = new URLSearchParams(params);
  const entries = { who, action, period, from, to, refused: refused ? 'yes' : null };
  for (const [name, value] of Object.entries(entries)) if (value) next.set(name, value); else next.delete(name);
  return next;
}

export function auditFilter({ who, action, period, from, to, refused }: AuditQuestion, now = Date.now()): AuditFilter | null {
  const filter = { who: who.trim() || null, action, from: since(period, now) ?? moment(from), to: moment(to) };
  return refused || Object.values(filter).some((value) => value !== null) ? { ...filter, refused } : null;
}

/** Where the same rows can be had as a table. */
export function exportAddress(question: AuditQuestion, now = Date.now()): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(auditFilter(question, now) ?? {})) if (value) params.set(name, String(value));
  const query = params.toString();
  return `/exports/audit.csv${query ? `?${query}` : ''}`;
}

/** The alarm of this plant that a row is about, for a link to it. */
export function alarmOf(on: string, plant: string): string | null {
  const prefix = `alarm:${plant}/`;
  return on.startsWith(prefix) ? on.slice(prefix.length) : null;
}
