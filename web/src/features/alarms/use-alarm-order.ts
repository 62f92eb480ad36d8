import { useCallback, useState } from 'react';
import { useClient } from 'urql';

import { explain } from '@/api/errors';
import {
  AcknowledgeAlarmsDocument,
  AssignAlarmsDocument,
  CommentAlarmsDocument,
  ResetAlarmsDocument,
  ReturnAlarmsToServiceDocument,
  ShelveAlarmsDocument,
  TakeAlarmsOutOfServiceDocument,
  UnshelveAlarmsDocument,
} from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';
import { owesAcknowledgement, takeAlarmsNow, type Alarm } from '@/stores/alarms';

/** What may be ordered of alarms, with what it needs besides them. */
export type AlarmOrder =
  | { what: 'acknowledge'; comment?: string }
  | { what: 'reset' }
  | { what: 'shelve'; minutes: number; oneShot: boolean; reason: string }
  | { what: 'unshelve' }
  | { what: 'takeOut'; workOrder: string; comment?: string }
  | { what: 'giveBack'; comment?: string }
  | { what: 'assign'; to: string | null }
  | { what: 'comment'; comment: string };

interface Item {
  alarm: string;
  occurrenceId: string | null;
}

/** What one request orders; repeated under the same key it counts once. */
interface Part {
  items: Item[];
  idempotencyKey: string;
}

interface Intent {
  order: AlarmOrder;
  /** As many as are needed: the server takes so many items in one request. */
  parts: Part[];
  /** What the alarms are called, by key. */
  titles: ReadonlyMap<string, string>;
}

export interface Ordering {
  order: (order: AlarmOrder, alarms: readonly Alarm[]) => Promise<boolean>;
  busy: boolean;
  /** What was refused, and why; in sentences. */
  refusals: readonly string[];
  /** Present when nobody knows whether the order arrived; repeats it under the same key, so that it cannot count twice. */
  retry: (() => void) | null;
  forget: () => void;
}

/** To whom an order makes sense: each alarm with the occurrence that the operator saw. */
export function itemsOf(order: AlarmOrder, alarms: readonly Alarm[]): Item[] {
  const meant = order.what === 'acknowledge' ? alarms.filter(({ state, occurrenceId }) => owesAcknowledgement[state] && occurrenceId !== null) : alarms;
  return meant.map(({ key, occurrenceId }) => ({ alarm: key, occurrenceId }));
}

/** The server takes no more in one request. */
const ITEMS_MAX = 500;

function partsOf(items: readonly Item[]): Part[] {
  return Array.from({ length: Math.ceil(items.length / ITEMS_MAX) }, (_, at) => ({ items: items.slice(at * ITEMS_MAX, (at + 1) * ITEMS_MAX), idempotencyKey: uuid() }));
}

function words(text: string | undefined): string | null {
  return text?.trim() ? text.trim() : null;
}

export function useAlarmOrder(): Ordering {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [unknown, setUnknown] = useState<Intent | null>(null);

  const send = useCallback(
    async ({ order, parts, titles }: Intent): Promise<boolean> => {
      const refused: string[] = [];
      setRefusals([]);
      setUnknown(null);
      setBusy(true);
      // One part after the other: what is refused of one is told, and the next goes on; where the way breaks, the rest waits.
      for (const [at, part] of parts.entries()) {
        const { data, error } = await ask(client, order, part);
        if (error) {
          refused.push(explain(error) ?? 'The order was not taken.');
          if (error.networkError) setUnknown({ order, parts: parts.slice(at), titles });
          break;
        }
        const answer = data?.answer;
        takeAlarmsNow((answer?.results ?? []).flatMap(({ alarmNow }) => alarmNow ?? []));
        refused.push(...(answer?.userErrors ?? []).map((e) => e.message));
        refused.push(...(answer?.results ?? []).flatMap((r) => r.userErrors.map((e) => `${titles.get(r.alarm) ?? r.alarm}: ${e.message}`)));
      }
      setBusy(false);
      setRefusals(refused);
      return refused.length === 0;
    },
    [client],
  );

  const order = useCallback(
    (wanted: AlarmOrder, alarms: readonly Alarm[]) => {
      const parts = partsOf(itemsOf(wanted, alarms));
      return parts.length === 0 ? Promise.resolve(true) : send({ order: wanted, parts, titles: new Map(alarms.map(({ key, title }) => [key, title])) });
    },
    [send],
  );

  return {
    order,
    busy,
    refusals,
    retry: unknown ? () => void send(unknown) : null,
    forget: () => { setRefusals([]); setUnknown(null); },
  };
}

function ask(client: ReturnType<typeof useClient>, order: AlarmOrder, { items, idempotencyKey }: Part) {
  switch (order.what) {
    case 'acknowledge':
      return client.mutation(AcknowledgeAlarmsDocument, { input: { items, idempotencyKey, comment: words(order.comment) } }).toPromise();
    case 'reset':
      return client.mutation(ResetAlarmsDocument, { input: { items, idempotencyKey } }).toPromise();
    case 'shelve':
      return client.mutation(ShelveAlarmsDocument, { input: { items, idempotencyKey, minutes: order.minutes, oneShot: order.oneShot, reason: order.reason } }).toPromise();
    case 'unshelve':
      return client.mutation(UnshelveAlarmsDocument, { input: { items, idempotencyKey } }).toPromise();
    case 'takeOut':
      return client.mutation(TakeAlarmsOutOfServiceDocument, { input: { items, idempotencyKey, workOrder: order.workOrder, comment: words(order.comment) } }).toPromise();
    case 'giveBack':
      return client.mutation(ReturnAlarmsToServiceDocument, { input: { items, idempotencyKey, comment: words(order.comment) } }).toPromise();
    case 'assign':
      return client.mutation(AssignAlarmsDocument, { input: { items, idempotencyKey, to: order.to } }).toPromise();
    case 'comment':
      return client.mutation(CommentAlarmsDocument, { input: { items, idempotencyKey, comment: order.comment } }).toPromise();
  }
}
