import { Button, Group, Select, Table } from '@mantine/core';
import { Link } from 'react-router';

import type { NotificationsQuery, NotificationState } from '@/api/generated/graphql';
import type { Permission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { GuardedButton } from '@/ui/guarded';
import { SeverityMark, ToneLabel } from '@/ui/marks';
import { Empty, Panel } from '@/ui/page';

import classes from './notifications.module.css';
import type { NotificationOrders } from './use-notification-orders';
import { noticeKinds, notificationStates } from './words';

export interface OutboxFilter {
  state: NotificationState | null;
  channel: string | null;
}

type Connection = NotificationsQuery['notifications']['outbox'];
export type Notification = Connection['edges'][number]['node'];

interface Props {
  outbox: Connection | null;
  channels: readonly string[];
  filter: OutboxFilter;
  onFilter: (filter: OutboxFilter) => void;
  permission: Permission;
  orders: NotificationOrders;
  onOlder: (() => void) | null;
}

const states = Object.entries(notificationStates).map(([value, { name }]) => ({ value, label: name }));

/** Who was told of what, newest first, and what did not get through. */
export function Outbox({ outbox, channels, filter, onFilter, permission, orders, onOlder }: Props) {
  const filtered = filter.state !== null || filter.channel !== null;
  return (
    <Panel
      flush
      title="Outbox"
      label="Outbox"
      aside={
        <Group gap="xs">
          <Select size="xs" w={130} clearable aria-label="State" placeholder="Any state" value={filter.state} data={states} onChange={(state) => onFilter({ ...filter, state: state as NotificationState | null })} />
          <Select size="xs" w={150} clearable aria-label="Channel" placeholder="Any channel" value={filter.channel} data={[...channels]} onChange={(channel) => onFilter({ ...filter, channel })} />
        </Group>
      }
    >
      <div className={classes['scroll']}>
        <Table verticalSpacing={5} aria-label="Outbox">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Time</Table.Th>
              <Table.Th>Severity</Table.Th>
              <Table.Th>Notice</Table.Th>
              <Table.Th>To</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th aria-label="Try again" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {outbox?.edges.map(({ node }) => <Row key={node.id} notification={node} permission={permission} orders={orders} />)}
          </Table.Tbody>
        </Table>
      </div>
      {outbox === null ? <Empty>Reading the outbox…</Empty> : null}
      {outbox?.edges.length === 0 ? <Empty>{filtered ? 'No notice matches the filter.' : 'Nobody was told of anything yet.'}</Empty> : null}
      {onOlder ? <Group justify="center" p="xs"><Button size="xs" variant="default" onClick={onOlder}>Show older notices</Button></Group> : null}
    </Panel>
  );
}

function Row({ notification, permission, orders }: { notification: Notification; permission: Permission; orders: NotificationOrders }) {
  const { id, kind, channel, contact, alarm, title, severity, state, attempts, createdAt, finishedAt, nextAt, lastError } = notification;
  const { name, tone } = notificationStates[state];
  return (
    <Table.Tr>
      <Table.Td className="tep-number">{formatTime(createdAt)}</Table.Td>
      <Table.Td>{kind === 'TEST' ? null : <SeverityMark severity={severity} />}</Table.Td>
      <Table.Td>
        {alarm ? <Link to={`/alarms?alarm=${encodeURIComponent(alarm)}`}>{title}</Link> : title}
        <div className={classes['dim']}>{noticeKinds[kind]}</div>
      </Table.Td>
      <Table.Td>{contact}<div className={classes['dim']}>by {channel}</div></Table.Td>
      <Table.Td className={classes['state']}>
        <ToneLabel tone={tone}>{name}</ToneLabel>
        <span className={classes['dim']}> {history(attempts, state === 'PENDING' ? nextAt : finishedAt, state)}</span>
        {lastError ? <div className={classes[state === 'SUPERSEDED' ? 'dim' : 'error']}>{lastError}</div> : null}
      </Table.Td>
      <Table.Td>
        {state === 'DEAD' ? <GuardedButton size="compact-xs" variant="default" permission={permission} disabled={orders.busy} onClick={() => orders.retry(id)}>Try again</GuardedButton> : null}
      </Table.Td>
    </Table.Tr>
  );
}

function history(attempts: number, at: string | null, state: NotificationState): string {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  if (state === 'PENDING') return attempts === 0 ? '' : `${tries}, next ${formatTime(at)}`;
  return attempts === 0 ? formatTime(at) : `${tries}, ${formatTime(at)}`;
}
