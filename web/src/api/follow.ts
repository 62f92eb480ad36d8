import type { TypedDocumentNode } from '@urql/core';
import { Kind, print, type DocumentNode } from 'graphql';

import { backoffMs } from '@/lib/backoff';

import { codeOf } from './errors';
import { SessionOver, type StreamError, type StreamResult, type Transport } from './transport';

export type StreamState = 'connecting' | 'live' | 'lost';

interface Item {
  __typename: string;
  cursor?: string;
  to?: string;
}

export interface Follow<TData, TItem extends Item> {
  document: TypedDocumentNode<TData, { since?: string | null | undefined }>;
  pick: (data: TData) => TItem;
  transport: () => Transport;
  onItem: (item: TItem) => void;
  onState: (state: StreamState) => void;
  onSessionOver: () => void;
  /** The server refuses the stream, in its words; null as soon as it does not any more. */
  onRefusal?: (words: string | null) => void;
  /** Told before each wait, so that a network that breaks WebSockets is noticed. */
  onFailure?: (transport: Transport) => void;
}

export interface Following {
  stop: () => void;
  /** Begins again with a snapshot, as when deltas no longer fit what we hold. */
  restart: () => void;
}

/**
 * Follows one stream for as long as it is wanted. After every break it asks for what came after the last item seen; the
 * server answers with the deltas, or says with a Discontinuity that it cannot, which is passed on like any item.
 */
export function follow<TData, TItem extends Item>(options: Follow<TData, TItem>): Following {
  const query = print(options.document);
  const operationName = nameOf(options.document);
  let since: string | null = null;
  let attempt = 0;
  let stopped = false;
  let generation = 0;
  let leave: () => void = () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = () => {
    const mine = ++generation;
    const current = () => !stopped && mine === generation;
    const transport = options.transport();
    options.onState('connecting');
    leave = transport.subscribe(
      { query, operationName, variables: { since } },
      {
        next: (result) => current() && receive(result, transport),
        // A refused operation comes as a list of errors, a broken way as anything else.
        error: (reason) => current() && (Array.isArray(reason) ? receive({ errors: reason as StreamError[] }, transport) : broken(transport, reason)),
        complete: () => current() && broken(transport, null),
      },
    );
  };

  const receive = (result: StreamResult, transport: Transport) => {
    if (result.errors && result.errors.length > 0) {
      const codes = result.errors.map(codeOf);
      if (codes.includes('UNAUTHENTICATED')) { broken(transport, new SessionOver()); return; }
      // A cursor that the server does not understand (from before an upgrade, say) must not be offered for ever.
      if (codes.includes('INVALID_INPUT')) since = null;
      options.onRefusal?.(result.errors.map((error) => error.message).join(' '));
      broken(transport, result.errors); return;
    }
    if (result.data == null) return;
    const item = options.pick(result.data as TData);
    if (attempt > 0) options.onRefusal?.(null);
    attempt = 0;
    since = item.cursor ?? item.to ?? since;
    options.onState('live');
    options.onItem(item);
  };

  const broken = (transport: Transport, reason: unknown) => {
    generation += 1;
    leave();
    options.onState('lost');
    if (reason instanceof SessionOver) { options.onSessionOver(); return; }
    options.onFailure?.(transport);
    timer = setTimeout(begin, backoffMs(attempt));
    attempt += 1;
  };

  begin();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      leave();
    },
    restart: () => {
      if (stopped) return;
      since = null;
      clearTimeout(timer);
      leave();
      begin();
    },
  };
}

function nameOf(document: DocumentNode): string {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operation?.name?.value ?? '';
}
