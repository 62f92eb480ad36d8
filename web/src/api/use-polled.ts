import { useEffect } from 'react';
import { useQuery, type AnyVariables, type TypedDocumentNode, type UseQueryResponse } from 'urql';

/** A query that is asked again every `everyMs` (`null`: never), except while nobody looks. */
export function usePolledQuery<TData, TVariables extends AnyVariables>(
  query: TypedDocumentNode<TData, TVariables>,
  variables: TVariables,
  everyMs: number | null,
): UseQueryResponse<TData, TVariables> {
  const response = useQuery<TData, TVariables>({ query, variables, requestPolicy: 'cache-and-network' });
  const [, execute] = response;
  useEffect(() => {
    if (everyMs === null) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) execute({ requestPolicy: 'network-only' });
    }, everyMs);
    return () => clearInterval(timer);
  }, [execute, everyMs]);
  return response;
}
