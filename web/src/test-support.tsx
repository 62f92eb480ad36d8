import { MantineProvider } from '@mantine/core';
import { cacheExchange, Client, fetchExchange } from '@urql/core';
import { render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { MemoryRouter } from 'react-router';
import { Provider } from 'urql';

import { catalogue, FixedPlant } from '@/api/plant';
import type { Alarm } from '@/stores/alarms';

/** What tests share: an alarm, a small plant, and a page around a component. */

export function anAlarm(changes: Partial<Alarm> = {}): Alarm {
  return {
    id: 'a', key: 'XMEAS_7/HIGH', title: 'Reactor pressure high', state: 'UNACKNOWLEDGED', severity: 'HIGH', active: true, acknowledged: false, latched: false,
    quality: 'GOOD', occurrenceId: 'occurrence-1', raisedAt: '2026-01-01T00:00:00Z', annunciatedAt: '2026-01-01T00:00:00Z', value: 2901.2, limit: 2895,
    unit: { id: 'u', key: 'reactor', name: 'Reactor' }, tag: { id: 't', key: 'XMEAS_7', name: 'Reactor pressure', unitOfMeasure: 'kPa gauge', resolution: 0.1 },
    detector: null, acknowledgedBy: null, acknowledgedAt: null, comment: null, shelvedUntil: null, shelvedOnce: false, shelf: null, maintenance: null, shelveMinutesMax: 480,
    suppressedBy: null, firstOut: false, afterAlarm: null, valueUnit: 'kPa gauge', workOrder: null, assignedTo: null, reAlarms: 0, group: null, ...changes,
  };
}

export const aPlant = catalogue({
  id: 'plant', key: 'small', name: 'Small plant', loops: [],
  units: [{ id: 'u', key: 'reactor', name: 'Reactor', description: 'It reacts.' }],
  tags: [
    {
      id: 't', key: 'XMEAS_7', name: 'Reactor pressure', description: 'In the head space', unitOfMeasure: 'kPa gauge', kind: 'PRESSURE', role: 'MEASURED',
      rangeLow: 2000, rangeHigh: 3000, normal: 2705, resolution: 0.1, unit: { id: 'u', key: 'reactor' },
      limits: [{ kind: 'HIGH', value: 2895, deadband: 10, onDelaySeconds: 15, offDelaySeconds: 15, severity: 'HIGH' }],
    },
  ],
});

export interface Asked {
  operation: string;
  variables: Record<string, unknown>;
}

/** A server that answers each operation by name from `answers`, and keeps what it was asked. */
export function scriptedClient(answers: Readonly<Record<string, (variables: Record<string, unknown>) => unknown>>): { client: Client; asked: Asked[] } {
  const asked: Asked[] = [];
  const answerAll = (text: string): unknown => {
    const { operationName, variables } = JSON.parse(text) as { operationName: string; variables: Record<string, unknown> };
    asked.push({ operation: operationName, variables });
    return answers[operationName]?.(variables) ?? { errors: [{ message: `no answer to ${operationName}` }] };
  };
  const fetchScripted: typeof fetch = (_, init) => {
    const answer = answerAll(typeof init?.body === 'string' ? init.body : '{}');
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } }));
  };
  const client = new Client({ url: 'http://plant/graphql', preferGetMethod: false, fetch: fetchScripted, exchanges: [cacheExchange, fetchExchange] });
  return { client, asked };
}

export function renderPage(element: ReactElement, { client, path = '/' }: { client: Client; path?: string }) {
  return render(
    <MantineProvider env="test">
      <Provider value={client}>
        <FixedPlant plant={aPlant}>
          <MemoryRouter initialEntries={[path]}>{element}</MemoryRouter>
        </FixedPlant>
      </Provider>
    </MantineProvider>,
  );
}
