import { useState } from 'react';
import { useMutation, type CombinedError } from 'urql';

import { explain } from '@/api/errors';
import { RetryNotificationDocument, SendTestNotificationDocument } from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';

export interface NotificationOrders {
  test: (channel: string) => void;
  retry: (id: string) => void;
  busy: boolean;
  /** Why the last order was not carried out. */
  refusal: string | null;
}

/** Orders of a person; `onDone` hears when the outbox has changed. */
export function useNotificationOrders(onDone: () => void): NotificationOrders {
  const [testing, test] = useMutation(SendTestNotificationDocument);
  const [retrying, retry] = useMutation(RetryNotificationDocument);
  const [refusal, setRefusal] = useState<string | null>(null);
  const settle = (errors: readonly { message: string }[] | undefined, error: CombinedError | undefined) => {
    setRefusal(explain(error) ?? (errors?.map((e) => e.message).join(' ') || null));
    onDone();
  };
  return {
    test: (channel) => {
      setRefusal(null);
      void test({ input: { channel, contact: null, idempotencyKey: uuid() } }).then(({ data, error }) => settle(data?.sendTestNotification.userErrors, error));
    },
    retry: (id) => {
      setRefusal(null);
      void retry({ input: { id } }).then(({ data, error }) => settle(data?.retryNotification.userErrors, error));
    },
    busy: testing.fetching || retrying.fetching,
    refusal,
  };
}
