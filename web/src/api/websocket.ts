import { createClient, type Client } from 'graphql-ws';

import { SessionOver, type Sink, type StreamRequest, type StreamResult, type Transport } from './transport';

const KEEP_ALIVE_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
/** Close codes of `graphql-transport-ws`, and ours for a session that ended. */
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;

/** One socket for all streams, by the `graphql-transport-ws` protocol. */
export class WebSocketTransport implements Transport {
  readonly name = 'WebSocket';
  private readonly client: Client;
  /** Whether the server ever acknowledged a connection; tells a broken network from a broken moment. */
  everConnected = false;

  constructor(url: string) {
    let pongDue: ReturnType<typeof setTimeout> | undefined;
    this.client = createClient({
      url,
      retryAttempts: 0,
      lazyCloseTimeout: 2_000,
      keepAlive: KEEP_ALIVE_MS,
      on: {
        connected: () => (this.everConnected = true),
        // A cable that was pulled closes nothing: without an answer to our ping we close.
        ping: (received) => {
          if (!received) pongDue = setTimeout(() => this.client.terminate(), PONG_WITHIN_MS);
        },
        pong: (received) => {
          if (received) clearTimeout(pongDue);
        },
        closed: () => clearTimeout(pongDue),
      },
    });
  }

  subscribe(request: StreamRequest, sink: Sink): () => void {
    return this.client.subscribe(request, {
      next: (result) => sink.next(result as StreamResult),
      error: (reason) => sink.error(sessionOver(reason) ? new SessionOver() : reason),
      complete: () => sink.complete(),
    });
  }
}

function sessionOver(reason: unknown): boolean {
  const code = reason instanceof CloseEvent ? reason.code : undefined;
  return code === UNAUTHORIZED || code === FORBIDDEN;
}
