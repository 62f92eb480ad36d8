export interface StreamError {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

export interface StreamResult {
  data?: unknown;
  errors?: readonly StreamError[] | undefined;
}

export interface Sink {
  next(result: StreamResult): void;
  error(reason: unknown): void;
  complete(): void;
}

export interface StreamRequest {
  query: string;
  operationName: string;
  variables: Record<string, unknown>;
}

/** A way to carry a subscription. It never retries by itself: a retry must carry the newest cursor, and only `follow` has it. */
export interface Transport {
  readonly name: 'WebSocket' | 'server-sent events';
  subscribe(request: StreamRequest, sink: Sink): () => void;
}

/** The server closed the way because the session is over. */
export class SessionOver extends Error {}
