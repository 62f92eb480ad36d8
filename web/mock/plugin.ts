import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { buildSchema, execute, Kind, OperationTypeNode, parse, subscribe, validate, type DocumentNode } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Plugin } from 'vite';
import { WebSocketServer } from 'ws';

import { MockPlant, type StreamName } from './plant.ts';
import { units } from './tags.ts';

/**
 * `npm run dev:mock`: answers what the server answers, inside the development server. Sign in as anybody with the
 * password `operator`; the name `viewer` may only look. `MOCK_SETUP=1` begins with set-up (the token is `token`).
 */
export function mockPlant(): Plugin {
  return {
    name: 'mock-plant',
    configureServer(vite) {
      const plant = new MockPlant();
      const ticking = plant.start();
      const api = new MockApi(plant);
      vite.httpServer?.on('close', () => clearInterval(ticking));
      vite.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?')[0] ?? '';
        if (path.startsWith('/auth/')) void api.auth(path, request, response);
        else if (path === '/graphql') void api.query(request, response);
        else if (path === '/graphql/stream') void api.stream(request, response);
        else next();
      });
      const sockets = new WebSocketServer({ noServer: true });
      // Our own functions: the bundled configuration holds another copy of the package than the protocol does.
      useServer({ schema: api.schema, roots: api.roots(), execute, subscribe, validate, parse }, sockets);
      vite.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (request.url === '/graphql/ws') sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request));
      });
    },
  };
}

function schemaText() {
  return readFileSync(fileURLToPath(new URL('../../tests/golden/schema.graphql', import.meta.url)), 'utf8');
}

async function body<T>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as T;
}

function answer(response: ServerResponse, status: number, value: unknown) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

class MockApi {
  readonly schema = buildSchema(schemaText());
  private user: { name: string; role: string } | null = null;
  private setupRequired = process.env['MOCK_SETUP'] === '1';

  constructor(private readonly plant: MockPlant) {}

  async auth(path: string, request: IncomingMessage, response: ServerResponse) {
    if (path === '/auth/state') {
      answer(response, 200, { setupRequired: this.setupRequired, user: this.user, expiresAt: this.user ? new Date(Date.now() + 4.32e7).toISOString() : null }); return;
    }
    const given = await body<{ token?: string; name?: string; password?: string; current?: string; new?: string }>(request);
    if (path === '/auth/sign-out') this.user = null;
    if (path === '/auth/sign-in') {
      if (given.password !== 'operator') { answer(response, 401, { code: 'UNAUTHENTICATED', message: 'Name or password is wrong.' }); return; }
      this.user = { name: given.name ?? '', role: given.name === 'viewer' ? 'VIEWER' : 'OPERATOR' };
    }
    if (path === '/auth/setup') {
      if (given.token !== 'token') { answer(response, 403, { code: 'FORBIDDEN', message: 'The set-up token is wrong or used.' }); return; }
      this.setupRequired = false;
      this.user = { name: given.name ?? '', role: 'ADMINISTRATOR' };
    }
    if (path === '/auth/password' && given.current !== 'operator') { answer(response, 403, { code: 'FORBIDDEN', message: 'The current password is wrong.' }); return; }
    answer(response, 200, { user: this.user, expiresAt: null });
  }

  async query(request: IncomingMessage, response: ServerResponse) {
    const operation = await body<Operation>(request);
    if (!this.user) { answer(response, 200, { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] }); return; }
    const document = parse(operation.query);
    const errors = validate(this.schema, document);
    if (errors.length) { answer(response, 200, { errors }); return; }
    const roots = this.roots();
    const kind = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION);
    const rootValue = kind?.kind === Kind.OPERATION_DEFINITION && kind.operation === OperationTypeNode.MUTATION ? roots.mutation : roots.query;
    answer(response, 200, await execute({ schema: this.schema, document, rootValue, variableValues: operation.variables }));
  }

  /** The `graphql-sse` protocol, one connection an operation. */
  async stream(request: IncomingMessage, response: ServerResponse) {
    const operation = await body<Operation>(request);
    const document: DocumentNode = parse(operation.query);
    const items = await subscribe({ schema: this.schema, document, rootValue: this.roots().subscription, variableValues: operation.variables });
    if (!(Symbol.asyncIterator in items)) { answer(response, 400, items); return; }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    request.on('close', () => void items.return(undefined));
    for await (const item of items) response.write(`event: next\ndata: ${JSON.stringify(item)}\n\n`);
    response.end('event: complete\ndata:\n\n');
  }

  roots() {
    const { plant } = this;
    const connection = (nodes: { id?: unknown }[], first: number) => ({
      edges: nodes.slice(0, first).map((node) => ({ cursor: String(node.id), node })), pageInfo: { hasNextPage: nodes.length > first, endCursor: null },
    });
    const ordered = (change: () => void) => {
      change();
      return { source: plant.source(), disturbances: plant.disturbances(), userErrors: [] };
    };
    const actor = () => ({ ok: true, actor: null, userErrors: [] });
    const stream = (name: StreamName) => () => follow(plant, name);
    return {
      query: {
        viewer: () => this.viewer(),
        plant: () => plant.plant(),
        plants: () => [{ key: 'tennessee-eastman', name: 'Tennessee Eastman process', node: null, term: 1, health: 'RUNNING', reason: null }],
        unit: ({ id }: { id: string }) => (units.some(([key]) => key === id) ? plant.unit(id) : null),
        alarms: ({ first }: { first: number }) => {
          const list = plant.alarmList();
          return { ...connection(list, first), totalCount: list.length, unacknowledgedCount: list.filter((a) => !a.acknowledged).length, cursor: 'mock:0' };
        },
        alarm: ({ id }: { id: string }) => plant.alarm(id),
        journal: ({ first, filter }: { first: number; filter?: { alarm?: string; search?: string } }) => {
          const rows = plant.journal() as { id: string; alarm: { key: string; title: string } }[];
          const search = filter?.search?.toLowerCase() ?? '';
          return connection(rows.filter((r) => (!filter?.alarm || r.alarm.key === filter.alarm) && r.alarm.title.toLowerCase().includes(search)), first);
        },
        detectors: () => plant.detectors(),
        modelRegistry: () => null,
        models: () => [],
        trainingJobs: () => [],
        suppressionRules: () => [],
        firstOutGroups: () => [],
        actorTree: () => plant.actorTree(),
        disturbances: () => plant.disturbances(),
        trend: ({ input }: { input: Parameters<MockPlant['trend']>[0] }) => plant.trend(input),
      },
      mutation: {
        acknowledgeAlarms: ({ input }: { input: { items: { alarm: string; occurrenceId: string }[]; comment?: string; idempotencyKey: string } }) =>
          plant.once(input.idempotencyKey, () => ({ results: plant.acknowledge(input.items, input.comment ?? null, this.user?.name ?? 'mock'), userErrors: [] })),
        setDisturbance: ({ input }: { input: { number: number; active: boolean } }) =>
          ordered(() => (input.active ? plant.active.add(input.number) : plant.active.delete(input.number))),
        setSimulationSpeed: ({ input }: { input: { speed: number } }) => ordered(() => (plant.speed = input.speed)),
        pauseSimulation: ({ input }: { input: { paused: boolean } }) => ordered(() => (plant.paused = input.paused)),
        restartActor: actor, pauseActor: actor, resumeActor: actor,
        resetSimulation: () => ordered(() => plant.reset()),
      },
      subscription: {
        values: stream('values'), alarmEvents: stream('alarmEvents'), detectorScores: stream('detectorScores'), supervisionEvents: stream('supervisionEvents'),
      },
    };
  }

  private viewer() {
    const role = this.user?.role ?? 'VIEWER';
    const may = (action: string, least: string[]) =>
      least.includes(role) ? { action, allowed: true, reason: null } : { action, allowed: false, reason: `A ${role.toLowerCase()} may not do this; ask an operator.` };
    return {
      __typename: 'User', id: 'user:1', name: this.user?.name ?? '', role,
      permissions: [
        may('alarm:acknowledge', ['OPERATOR', 'ENGINEER', 'ADMINISTRATOR']), may('source:control', ['OPERATOR', 'ENGINEER', 'ADMINISTRATOR']),
        may('detector:train', ['ENGINEER', 'ADMINISTRATOR']),
        may('supervision:restart', ['ENGINEER', 'MAINTENANCE', 'ADMINISTRATOR']), may('supervision:pause', ['ENGINEER', 'ADMINISTRATOR']), may('user:manage', ['ADMINISTRATOR']),
      ],
    };
  }
}

/** A stream as the server keeps it: a snapshot, then what happens, with a bounded queue. */
async function* follow(plant: MockPlant, name: StreamName): AsyncGenerator<Record<string, object>> {
  const queue: object[] = [plant.snapshot(name)];
  let wake: (() => void) | null = null;
  const leave = plant.subscribe(name, (item) => {
    queue.push(item);
    if (name === 'values' && queue.length > 20) queue.shift();
    wake?.();
  });
  try {
    for (;;) {
      const item = queue.shift();
      if (item) yield { [name]: item };
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    leave();
  }
}
