import { Table } from '@mantine/core';
import { useState } from 'react';

import { formatAge } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import type { Actor } from '@/stores/supervision';
import { healths, ToneLabel } from '@/ui/marks';

import { OrderMenu, type Permissions } from './OrderMenu';
import type { Intent } from './ReasonDialog';
import classes from './supervision.module.css';
import { isAlive, rowsOf, type TreeRow } from './tree';

/** Root and plant are open at first, units closed: their sensors are many. */
const OPEN_LEVELS = 2;

/** A message that is older than this stands out. */
const OLD_SECONDS = 5;

interface Props {
  root: Actor;
  allOpen: boolean;
  may: Permissions;
  onOrder: (intent: Intent) => void;
}

export function ActorTree({ root, allOpen, may, onOrder }: Props) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const now = useNow();
  const rows = rowsOf(root, (actor, level) => (allOpen || level <= OPEN_LEVELS) !== toggled.has(actor.key));
  const toggle = (key: string) =>
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return (
    <div className={classes['scroll']}>
      <Table role="treegrid" aria-label="Actors" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Actor</Table.Th>
            <Table.Th>Health</Table.Th>
            <Table.Th>Importance</Table.Th>
            <Table.Th ta="right">Restarts</Table.Th>
            <Table.Th ta="right" title="Messages in its mailbox, the one in hand included">Mailbox</Table.Th>
            <Table.Th ta="right" title="Age of the oldest message in its mailbox">Oldest</Table.Th>
            <Table.Th>Running for</Table.Th>
            <Table.Th>About itself</Table.Th>
            <Table.Th aria-label="Orders" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{rows.map((row) => <Row key={row.actor.key} row={row} now={now} may={may} onOrder={onOrder} onToggle={() => toggle(row.actor.key)} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps extends Pick<Props, 'may' | 'onOrder'> {
  row: TreeRow;
  now: number;
  onToggle: () => void;
}

function Row({ row: { actor, level, open, hasChildren }, now, may, onOrder, onToggle }: RowProps) {
  const { name, glyph, tone } = healths[actor.health];
  return (
    <Table.Tr role="row" aria-level={level} aria-expanded={hasChildren ? open : undefined} title={actor.key}>
      <Table.Td role="gridcell" className={classes['actor']} style={{ paddingLeft: 10 + (level - 1) * 20 }}>
        {hasChildren ? (
          <button type="button" className={classes['toggle']} onClick={onToggle} aria-label={`${open ? 'Close' : 'Open'} ${actor.name}`}>{open ? '▾' : '▸'}</button>
        ) : <span className={classes['toggle']} />}
        <strong className={classes['name']}>{actor.name}</strong> <span className={classes['dim']}>{actor.role}</span>
      </Table.Td>
      <Table.Td role="gridcell"><span className="tep-live"><ToneLabel tone={tone} glyph={glyph}>{name}</ToneLabel></span>{actor.reason ? <div className={classes['dim']}>{actor.reason}</div> : null}</Table.Td>
      <Table.Td role="gridcell">{actor.importance.toLowerCase()}</Table.Td>
      <Table.Td role="gridcell" ta="right">{actor.restarts === 0 ? <span className={classes['dim']}>0</span> : <strong>{actor.restarts}</strong>}</Table.Td>
      <Table.Td role="gridcell" ta="right" className="tep-number tep-live">{actor.mailboxDepth === 0 ? <span className={classes['dim']}>0</span> : actor.mailboxDepth}</Table.Td>
      <Table.Td role="gridcell" ta="right" className="tep-number tep-live" data-old={actor.mailboxOldestSeconds >= OLD_SECONDS || undefined}>{actor.mailboxDepth === 0 ? <span className={classes['dim']}>–</span> : `${actor.mailboxOldestSeconds.toFixed(2)} s`}</Table.Td>
      <Table.Td role="gridcell" className="tep-number">{actor.startedAt && isAlive(actor) ? formatAge(now - Date.parse(actor.startedAt)) : '–'}</Table.Td>
      <Table.Td role="gridcell">
        {actor.detail ?? ''}
        {actor.lastError ? <div className={classes['error']}>Last error: {actor.lastError}</div> : null}
      </Table.Td>
      <Table.Td role="gridcell">{level > 1 ? <OrderMenu actor={actor} may={may} onChoose={(command) => onOrder({ command, actor })} /> : null}</Table.Td>
    </Table.Tr>
  );
}
