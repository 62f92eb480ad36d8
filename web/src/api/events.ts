import { SessionOver, type Sink, type StreamRequest, type StreamResult, type Transport } from './transport';

/** The server sends a comment at least this often; longer silence means that the way is dead. */
const SILENCE_MS = 45_000;

/** For networks that break WebSockets: the `graphql-sse` protocol, one connection a stream. */
export class EventsTransport implements Transport {
  readonly name = 'server-sent events';

  constructor(private readonly url: string) {}

  subscribe(request: StreamRequest, sink: Sink): () => void {
    const abort = new AbortController();
    this.read(request, sink, abort).catch((reason: unknown) => {
      if (!abort.signal.aborted || abort.signal.reason === 'silent') sink.error(reason);
    });
    return () => abort.abort('left');
  }

  private async read(request: StreamRequest, sink: Sink, abort: AbortController) {
    const response = await fetch(this.url, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      signal: abort.signal,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(request),
    });
    if (response.status === 401 || response.status === 403) throw new SessionOver();
    if (!response.ok || !response.body) throw new Error(`The server answered ${response.status}.`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (;;) {
      const watchdog = setTimeout(() => abort.abort('silent'), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(watchdog));
      if (done) { sink.complete(); return; }
      for (const event of parser.feed(value)) {
        if (event.name === 'complete') { sink.complete(); return; }
        if (event.name === 'next') sink.next(JSON.parse(event.data) as StreamResult);
      }
    }
  }
}

/** Cuts a text stream into server-sent events; text may be cut anywhere. */
export class EventParser {
  private rest = '';

  feed(text: string): { name: string; data: string }[] {
    const blocks = (this.rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.map(parseBlock).filter((event) => event.name !== '');
  }
}

function parseBlock(block: string): { name: string; data: string } {
  let name = '';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return { name, data: data.join('\n') };
}
