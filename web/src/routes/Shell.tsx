import { useEffect, useRef, type RefObject } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';

import { PlantStateDocument } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { usePolledQuery } from '@/api/use-polled';
import { AccountMenu } from '@/features/session/AccountMenu';
import { useAlarms } from '@/stores/alarms';
import { useConnection } from '@/stores/connection';
import { takeSource } from '@/stores/live';
import { takeHealth } from '@/stores/units';
import { Icon, type IconName } from '@/ui/icons';

import { AlarmBanner } from './AlarmBanner';
import { AlarmSound } from './AlarmSound';
import { LostConnection } from './LostConnection';
import { PlantChooser } from './PlantChooser';
import { PlantStatus } from './PlantStatus';
import classes from './Shell.module.css';

const places: readonly { to: string; name: string; icon: IconName }[] = [
  { to: '/', name: 'Overview', icon: 'overview' },
  { to: '/trends', name: 'Trends', icon: 'trends' },
  { to: '/alarms', name: 'Alarms', icon: 'alarms' },
  { to: '/register', name: 'Register', icon: 'register' },
  { to: '/performance', name: 'Performance', icon: 'performance' },
  { to: '/detectors', name: 'Detectors', icon: 'detectors' },
  { to: '/models', name: 'Language models', icon: 'models' },
  { to: '/incidents', name: 'Incidents', icon: 'incidents' },
  { to: '/scenarios', name: 'Scenarios', icon: 'scenarios' },
  { to: '/knowledge', name: 'Knowledge', icon: 'knowledge' },
  { to: '/notifications', name: 'Notifications', icon: 'notifications' },
  { to: '/supervision', name: 'Supervision', icon: 'supervision' },
  { to: '/audit', name: 'Audit', icon: 'audit' },
];

const STATE_EVERY_MS = 5_000;

/** What stands around every page: the plant, its time, whether what we show is current, and its alarms. */
export function Shell() {
  const plant = usePlant();
  const connection = useConnection((s) => s.state);
  const unacknowledged = useAlarms((s) => s.summary.unacknowledged);
  const { pathname } = useLocation();
  const top = useRef<HTMLDivElement>(null);
  const nav = useRef<HTMLElement>(null);
  usePlantState();
  useTopHeight(top);
  // In a hand the pages are a strip, in which the one that is open may lie out of sight.
  useEffect(() => nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [pathname]);
  useEffect(() => {
    document.title = `${unacknowledged > 0 ? `(${unacknowledged}) ` : ''}${plant.name} · TEP`;
  }, [unacknowledged, plant.name]);

  return (
    <div className={classes['shell']} data-connection={connection}>
      <a className={classes['skip']} href="#page">Skip to the page</a>
      <div ref={top} className={classes['top']}>
        <header className={classes['header']}>
          <PlantChooser />
          <PlantStatus />
          <AlarmSound />
          <AccountMenu />
        </header>
        <AlarmBanner />
      </div>
      <nav ref={nav} className={classes['nav']} aria-label="Pages">
        {places.map(({ to, name, icon }) => (
          <NavLink key={to} to={to} end={to === '/'} className={classes['place']} data-active={(to === '/' && pathname.startsWith('/units/')) || (to === '/alarms' && pathname === '/why') || undefined}>
            <Icon name={icon} />
            <span>{name}</span>
          </NavLink>
        ))}
      </nav>
      <main id="page" className={classes['page']} tabIndex={-1}>
        <LostConnection />
        <Outlet />
      </main>
    </div>
  );
}

/** Tells the styles how high header and banner are, which nothing that opens above a page may cover. */
function useTopHeight(top: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const element = top.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => document.documentElement.style.setProperty('--tep-top', `${element.offsetHeight}px`));
    observer.observe(element);
    return () => observer.disconnect();
  }, [top]);
}

/** Health of the units, and the source when it sends nothing; beside the streams, every few seconds. */
function usePlantState() {
  const [{ data }] = usePolledQuery(PlantStateDocument, {}, STATE_EVERY_MS);
  useEffect(() => {
    if (!data) return;
    takeSource(data.plant.source);
    takeHealth(data.plant.units);
  }, [data]);
}
