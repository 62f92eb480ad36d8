import { useCallback, useState } from 'react';
import { useClient } from 'urql';

import { explain } from '@/api/errors';
import {
  ApproveRegisterChangeDocument,
  ProposeRegisterChangeDocument,
  RejectRegisterChangeDocument,
  WithdrawRegisterChangeDocument,
  type ProposeRegisterChangeInput,
} from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';

/** What may be ordered of the register. */
export type RegisterOrder =
  | { what: 'propose'; input: Omit<ProposeRegisterChangeInput, 'idempotencyKey'> }
  | { what: 'approve'; change: string; reason: string }
  | { what: 'reject'; change: string; reason: string }
  | { what: 'withdraw'; change: string; reason: string };

interface Intent {
  order: RegisterOrder;
  idempotencyKey: string;
}

export interface Refusal {
  /** The part of the input that is meant, for example `value`. */
  field: string;
  message: string;
}

export interface RegisterOrders {
  order: (order: RegisterOrder) => Promise<boolean>;
  busy: boolean;
  refusals: readonly Refusal[];
  /** Present when nobody knows whether the order arrived; repeats it under the same key, so that it cannot count twice. */
  retry: (() => void) | null;
}

export function useRegister(onDone: () => void): RegisterOrders {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [unknown, setUnknown] = useState<Intent | null>(null);

  const send = useCallback(
    async (intent: Intent): Promise<boolean> => {
      setRefusals([]);
      setUnknown(null);
      setBusy(true);
      const { data, error } = await ask(client, intent);
      setBusy(false);
      if (error) {
        setRefusals([{ field: '', message: explain(error) ?? 'The order was not taken.' }]);
        if (error.networkError) setUnknown(intent);
        return false;
      }
      const refused = (data?.answer.userErrors ?? []).map(({ path, message }) => ({ field: path.at(-1) ?? '', message }));
      setRefusals(refused);
      onDone();
      return refused.length === 0;
    },
    [client, onDone],
  );

  return {
    order: (order) => send({ order, idempotencyKey: uuid() }),
    busy,
    refusals,
    retry: unknown ? () => void send(unknown) : null,
  };
}

function ask(client: ReturnType<typeof useClient>, { order, idempotencyKey }: Intent) {
  switch (order.what) {
    case 'propose':
      return client.mutation(ProposeRegisterChangeDocument, { input: { ...order.input, idempotencyKey } }).toPromise();
    case 'approve':
      return client.mutation(ApproveRegisterChangeDocument, { input: { change: order.change, reason: order.reason.trim() || null, idempotencyKey } }).toPromise();
    case 'reject':
      return client.mutation(RejectRegisterChangeDocument, { input: { change: order.change, reason: order.reason, idempotencyKey } }).toPromise();
    case 'withdraw':
      return client.mutation(WithdrawRegisterChangeDocument, { input: { change: order.change, reason: order.reason, idempotencyKey } }).toPromise();
  }
}
