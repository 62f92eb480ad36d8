import { Table } from '@mantine/core';
import { useState } from 'react';

import { formatAge } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import type { Actor } from '@/stores/supervision';
import { healths, ToneLabel } from '@/ui/marks';

import classes from './supervision.module.css';
import { rowsOf, type TreeRow } from './tree';

/** Root and plant are open at first, units closed: their sensors are many. */
const OPEN_LEVELS = 2;

export function ActorTree({ root, allOpen }: { root: Actor; allOpen: boolean }) {
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
            <Table.Th>Running for</Table.Th>
            <Table.Th>About itself</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{rows.map((row) => <Row key={row.actor.key} row={row} now={now} onToggle={() => toggle(row.actor.key)} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ row: { actor, level, open, hasChildren }, now, onToggle }: { row: TreeRow; now: number; onToggle: () => void }) {
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
      <Table.Td role="gridcell" className="tep-number">{actor.startedAt ? formatAge(now - Date.parse(actor.startedAt)) : '–'}</Table.Td>
      <Table.Td role="gridcell">
        {actor.detail ?? ''}
        {actor.lastError ? <div className={classes['error']}>Last error: {actor.lastError}</div> : null}
      </Table.Td>
    </Table.Tr>
  );
}
