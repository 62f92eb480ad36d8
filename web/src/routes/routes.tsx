import { createBrowserRouter, isRouteErrorResponse, Link, useRouteError } from 'react-router';

import { here } from '@/api/place';
import { Page, Problem } from '@/ui/page';

import { Shell } from './Shell';

function Broken() {
  const error = useRouteError();
  const text = isRouteErrorResponse(error) ? `${error.status}: there is no such page.` : error instanceof Error ? error.message : String(error);
  return (
    <Page title="This page cannot be shown">
      <Problem>{text}</Problem>
      <Link to="/">Go to the overview</Link>
    </Page>
  );
}

/** Each page is a chunk of its own, so that the overview does not wait for charts. */
export function createRoutes() {
  return createBrowserRouter([
    {
      path: '/',
      element: <Shell />,
      HydrateFallback: () => null,
      children: [
        {
          errorElement: <Broken />,
          children: [
            { index: true, lazy: async () => ({ Component: (await import('@/features/overview/OverviewPage')).OverviewPage }) },
            { path: 'units/:key', lazy: async () => ({ Component: (await import('@/features/units/UnitPage')).UnitPage }) },
            { path: 'trends', lazy: async () => ({ Component: (await import('@/features/trends/TrendsPage')).TrendsPage }) },
            { path: 'alarms', lazy: async () => ({ Component: (await import('@/features/alarms/AlarmsPage')).AlarmsPage }) },
            { path: 'why', lazy: async () => ({ Component: (await import('@/features/explanations/WhyPage')).WhyPage }) },
            { path: 'models', lazy: async () => ({ Component: (await import('@/features/models/ModelsPage')).ModelsPage }) },
            { path: 'register', lazy: async () => ({ Component: (await import('@/features/register/RegisterPage')).RegisterPage }) },
            { path: 'performance', lazy: async () => ({ Component: (await import('@/features/performance/PerformancePage')).PerformancePage }) },
            { path: 'detectors', lazy: async () => ({ Component: (await import('@/features/detectors/DetectorsPage')).DetectorsPage }) },
            { path: 'incidents', lazy: async () => ({ Component: (await import('@/features/incidents/IncidentsPage')).IncidentsPage }) },
            { path: 'incidents/:occurrence', lazy: async () => ({ Component: (await import('@/features/incidents/IncidentPage')).IncidentPage }) },
            { path: 'scenarios', lazy: async () => ({ Component: (await import('@/features/scenarios/ScenariosPage')).ScenariosPage }) },
            { path: 'knowledge/*', lazy: async () => ({ Component: (await import('@/features/knowledge/KnowledgePage')).KnowledgePage }) },
            { path: 'notifications', lazy: async () => ({ Component: (await import('@/features/notifications/NotificationsPage')).NotificationsPage }) },
            { path: 'audit', lazy: async () => ({ Component: (await import('@/features/audit/AuditPage')).AuditPage }) },
            { path: 'supervision', lazy: async () => ({ Component: (await import('@/features/supervision/SupervisionPage')).SupervisionPage }) },
            { path: '*', element: <Page title="There is no such page"><Link to="/">Go to the overview</Link></Page> },
          ],
        },
      ],
    },
  ], { basename: here.base });
}
