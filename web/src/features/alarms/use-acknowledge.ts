import { useCallback, useState } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { AcknowledgeAlarmsDocument } from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';
import { owesAcknowledgement, takeAlarmNow, type Alarm } from '@/stores/alarms';

interface Intent {
  items: { alarm: string; occurrenceId: string }[];
  comment: string | null;
  idempotencyKey: string;
}

export interface Acknowledging {
  acknowledge: (alarms: readonly Alarm[], comment?: string) => Promise<boolean>;
  busy: boolean;
  /** What was refused, and why; in sentences. */
  refusals: readonly string[];
  /** Present when nobody knows whether the order arrived; repeats it under the same key, so that it cannot count twice. */
  retry: (() => void) | null;
  forget: () => void;
}

/** Only what owes an acknowledgement, each with the occurrence that the operator saw. */
export function itemsOf(alarms: readonly Alarm[]): Intent['items'] {
  return alarms.flatMap(({ key, occurrenceId, state }) => (occurrenceId !== null && owesAcknowledgement[state] ? [{ alarm: key, occurrenceId }] : []));
}

export function useAcknowledge(): Acknowledging {
  const [{ fetching }, execute] = useMutation(AcknowledgeAlarmsDocument);
  const [refusals, setRefusals] = useState<readonly string[]>([]);
  const [unknown, setUnknown] = useState<Intent | null>(null);

  const send = useCallback(
    async (intent: Intent): Promise<boolean> => {
      setRefusals([]);
      setUnknown(null);
      const { data, error } = await execute({ input: intent });
      if (error) {
        setRefusals([explain(error) ?? 'The acknowledgement was not taken.']);
        if (error.networkError) setUnknown(intent);
        return false;
      }
      const payload = data?.acknowledgeAlarms;
      for (const { alarmNow } of payload?.results ?? []) if (alarmNow) takeAlarmNow(alarmNow);
      const refused = [
        ...(payload?.userErrors ?? []).map((e) => e.message),
        ...(payload?.results ?? []).flatMap((r) => r.userErrors.map((e) => `${r.alarmNow?.title ?? r.alarm}: ${e.message}`)),
      ];
      setRefusals(refused);
      return refused.length === 0;
    },
    [execute],
  );

  const acknowledge = useCallback(
    (alarms: readonly Alarm[], comment?: string) => {
      const items = itemsOf(alarms);
      if (items.length === 0) return Promise.resolve(true);
      return send({ items, comment: comment?.trim() ? comment.trim() : null, idempotencyKey: uuid() });
    },
    [send],
  );

  return {
    acknowledge,
    busy: fetching,
    refusals,
    retry: unknown ? () => void send(unknown) : null,
    forget: () => { setRefusals([]); setUnknown(null); },
  };
}
