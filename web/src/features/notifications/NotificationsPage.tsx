import { useState } from 'react';
import { useSearchParams } from 'react-router';

import { explain } from '@/api/errors';
import { NotificationsDocument, type NotificationsQuery, type NotificationState } from '@/api/generated/graphql';
import { usePermission, type Permission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { GuardedButton } from '@/ui/guarded';
import { severities, ToneLabel } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './notifications.module.css';
import { Outbox, type OutboxFilter } from './Outbox';
import { useNotificationOrders, type NotificationOrders } from './use-notification-orders';
import { channelKinds, channelStates, notificationStates, stepAfter } from './words';

const PAGE = 50;
const ASK_EVERY_MS = 3_000;

type Everything = NotificationsQuery['notifications'];
type Channel = Everything['channels'][number];

export function NotificationsPage() {
  const [filter, setFilter] = useFilter();
  const [pages, setPages] = useState(1);
  const variables = { filter: { states: filter.state ? [filter.state] : null, channel: filter.channel, alarm: null }, first: PAGE * pages, after: null };
  const [{ data, error }, ask] = usePolledQuery(NotificationsDocument, variables, ASK_EVERY_MS);
  const permission = usePermission('notification:manage');
  const orders = useNotificationOrders(() => ask({ requestPolicy: 'network-only' }));
  const all = data?.notifications ?? null;
  const older = all?.outbox.pageInfo.hasNextPage && PAGE * (pages + 1) <= 500 ? () => setPages(pages + 1) : null;
  return (
    <Page title="Notifications">
      <Problem>{explain(error)}</Problem>
      <Problem>{orders.refusal}</Problem>
      <div className={classes['columns']}>
        <Channels channels={all?.channels ?? null} permission={permission} orders={orders} />
        <Duty all={all} />
      </div>
      <Outbox
        outbox={all?.outbox ?? null}
        channels={all?.channels.map(({ key }) => key) ?? []}
        filter={filter}
        onFilter={(next) => { setPages(1); setFilter(next); }}
        permission={permission}
        orders={orders}
        onOlder={older}
      />
    </Page>
  );
}

function Channels({ channels, permission, orders }: { channels: readonly Channel[] | null; permission: Permission; orders: NotificationOrders }) {
  return (
    <Panel title="Channels" label="Channels">
      {channels === null ? <Empty>Reading the channels…</Empty> : null}
      {channels?.length === 0 ? <Empty>No channel is configured: nobody outside of the control room is told of any alarm.</Empty> : null}
      {channels?.map((channel) => <ChannelCard key={channel.key} channel={channel} permission={permission} orders={orders} />)}
    </Panel>
  );
}

function ChannelCard({ channel, permission, orders }: { channel: Channel; permission: Permission; orders: NotificationOrders }) {
  const { key, kind, place, state, values, contacts, waiting, failures, restingUntil, lastError, failedAt, deliveredAt } = channel;
  const { name, tone } = channelStates[state];
  return (
    <div className={classes['card']} aria-label={`Channel ${key}`} role="group">
      <div className={classes['head']}>
        <strong>{key}</strong>
        <ToneLabel tone={tone}>{name}</ToneLabel>
        <span className={classes['push']} />
        <GuardedButton size="compact-xs" variant="default" permission={permission} disabled={orders.busy} aria-label={`Send a test by ${key}`} onClick={() => orders.test(key)}>Send a test</GuardedButton>
      </div>
      <div className={classes['dim']}>{channelKinds[kind]} to {place}{values ? ', with measured values' : ''}; {contacts.length === 0 ? 'nobody is told by it' : `tells ${contacts.join(', ')}`}</div>
      <div className={classes['dim']}>
        {waiting === 0 ? 'nothing waits' : waiting === 1 ? '1 waits' : `${waiting} wait`}; last delivered {deliveredAt ? formatTime(deliveredAt) : 'never'}
        {failures > 0 ? `; ${failures} failed in a row` : ''}{restingUntil && failures > 0 && waiting > 0 ? `, next try ${formatTime(restingUntil)}` : ''}
      </div>
      {lastError ? <div className={classes['error']}>{formatTime(failedAt)}: {lastError}</div> : null}
    </div>
  );
}

function Duty({ all }: { all: Everything | null }) {
  return (
    <Panel title="Who is told" label="Who is told">
      {all === null ? <Empty>Reading the rosters…</Empty> : null}
      {all?.rosters.map(({ key, onDuty, localTime }) => (
        <div key={key} className={classes['card']}>
          <div className={classes['head']}><strong>{key}</strong><span className={classes['push']} /><span className={classes['dim']}>{localTime} there</span></div>
          <div>On duty now: <strong>{onDuty.join(', ')}</strong></div>
        </div>
      ))}
      {all?.routes.map(({ key, severity, units, quiet, steps }) => (
        <div key={key} className={classes['card']}>
          <div className={classes['head']}>
            <strong>{key}</strong>
            <span className={classes['dim']}>{severities[severity].name} and worse{units.length > 0 ? `, ${units.join(', ')}` : ''}</span>
            {quiet ? <ToneLabel tone="attention">quiet now</ToneLabel> : null}
          </div>
          <ol className={classes['steps']}>
            {steps.map(({ afterSeconds, notify }) => <li key={afterSeconds}>{stepAfter(afterSeconds)}: {notify.join(', ')}</li>)}
          </ol>
        </div>
      ))}
      {all && all.routes.length === 0 ? <Empty>No route is configured: no alarm goes to anybody.</Empty> : null}
    </Panel>
  );
}

function useFilter(): [OutboxFilter, (filter: OutboxFilter) => void] {
  const [search, setSearch] = useSearchParams();
  const named = search.get('state');
  const state = named !== null && named in notificationStates ? (named as NotificationState) : null;
  const set = (next: OutboxFilter) => {
    const params = new URLSearchParams(search);
    for (const [name, value] of Object.entries(next)) if (value) params.set(name, String(value)); else params.delete(name);
    setSearch(params, { replace: true });
  };
  return [{ state, channel: search.get('channel') }, set];
}
