import { useEffect, useMemo } from 'react';
import { RouterProvider } from 'react-router';
import { Provider } from 'urql';

import { createApiClient } from '@/api/client';
import { PlantProvider } from '@/api/plant';
import { UncachedProvider } from '@/api/uncached';
import { Entrance } from '@/features/session/Entrance';
import { loadSession, sessionEnded, useSession } from '@/stores/session';
import { followPlant } from '@/stores/streams';
import { Problem } from '@/ui/page';

import { createRoutes } from './routes';
import classes from './Shell.module.css';

export function App() {
  const phase = useSession((s) => s.phase);
  const name = useSession((s) => s.user?.name);
  useEffect(() => void loadSession(), []);
  return phase === 'signed-in' && name ? <Plant key={name} /> : <Entrance />;
}

/** Everything below belongs to one session: another person begins with an empty cache. */
function Plant() {
  const client = useMemo(() => createApiClient(() => void sessionEnded()), []);
  const router = useMemo(() => createRoutes(), []);
  useEffect(() => followPlant(), []);
  return (
    <Provider value={client}>
      <UncachedProvider>
        <PlantProvider waiting={(problem, retry) => <Waiting problem={problem} retry={retry} />}>
          <RouterProvider router={router} />
        </PlantProvider>
      </UncachedProvider>
    </Provider>
  );
}

function Waiting({ problem, retry }: { problem: string | null; retry: () => void }) {
  return <main className={classes['waiting']}>{problem ? <Problem onRetry={retry}>{problem}</Problem> : <p role="status">Reading the plant…</p>}</main>;
}
