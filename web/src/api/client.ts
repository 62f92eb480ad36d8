import { cacheExchange, Client, fetchExchange, mapExchange } from '@urql/core';

import { codeOf } from './errors';
import { here } from './place';

/** Queries and mutations. The streams have a way of their own (`follow.ts`): they resume by cursor. */
export function createApiClient(onUnauthenticated: () => void): Client {
  return new Client({
    url: here.api,
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
    exchanges: [
      cacheExchange,
      mapExchange({
        onError(error) {
          const status = (error.response as Response | undefined)?.status;
          if (status === 401 || error.graphQLErrors.some((e) => codeOf(e) === 'UNAUTHENTICATED')) onUnauthenticated();
        },
      }),
      fetchExchange,
    ],
  });
}
