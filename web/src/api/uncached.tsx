import { Client, fetchExchange } from '@urql/core';
import { createContext, useContext, useMemo, type ReactNode } from 'react';

import { here } from './place';

/**
 * A client that forgets its answers. A trend that follows the plant asks for another stretch every few seconds; the cache
 * would keep each of them for as long as the page is open.
 */
const UncachedContext = createContext<Client | null>(null);

export function UncachedProvider({ children }: { children: ReactNode }) {
  const client = useMemo(
    () => new Client({ url: here.api, preferGetMethod: false, requestPolicy: 'network-only', fetchOptions: { credentials: 'same-origin' }, exchanges: [fetchExchange] }),
    [],
  );
  return <UncachedContext.Provider value={client}>{children}</UncachedContext.Provider>;
}

export function useUncached(): Client {
  const client = useContext(UncachedContext);
  if (!client) throw new Error('useUncached belongs below UncachedProvider');
  return client;
}
