import { Button, Group, Table, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';

import { explain } from '@/api/errors';
import { JournalDocument, type JournalQuery } from '@/api/generated/graphql';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { alarmStates, SeverityMark } from '@/ui/marks';
import { Empty, Panel, Problem } from '@/ui/page';

import { alarmNumber } from './AlarmRow';
import classes from './alarms.module.css';
import { transitionNames } from './transitions';

const PAGE = 50;
const FIRST_PAGE_EVERY_MS = 5_000;

type Edges = JournalQuery['journal']['edges'];
type Entry = Edges[number]['node'];

/** Everything that ever happened to an alarm, newest first. */
export function Journal({ onOpen }: { onOpen: (alarm: string) => void }) {
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text, 300);
  return (
    <>
      <Group mb="sm">
        <TextInput size="xs" w={260} aria-label="Search the journal" placeholder="Search" value={text} onChange={(e) => setText(e.currentTarget.value)} />
      </Group>
      <Panel flush label="Journal">
        <div className={classes['scroll']}>
          <Table verticalSpacing={5} aria-label="Journal">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Time, plant time</Table.Th>
                <Table.Th>Severity</Table.Th>
                <Table.Th>Alarm</Table.Th>
                <Table.Th>What happened</Table.Th>
                <Table.Th ta="right">Value, limit</Table.Th>
                <Table.Th>By</Table.Th>
                <Table.Th>Comment</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody key={search}><Rows search={search} after={null} onOpen={onOpen} /></Table.Tbody>
          </Table>
        </div>
      </Panel>
    </>
  );
}

interface RowsProps {
  search: string;
  after: string | null;
  onOpen: (alarm: string) => void;
}

/**
 * One page of rows, and below it the next when somebody asks for it. From then on the upper page stays as it was: entries
 * that arrive later would push rows across the border between two pages, where nobody saw them.
 */
function Rows({ search, after, onOpen }: RowsProps) {
  const [frozen, setFrozen] = useState<Edges | null>(null);
  const [{ data, error }] = usePolledQuery(JournalDocument, { filter: search ? { search } : null, first: PAGE, after }, after === null && frozen === null ? FIRST_PAGE_EVERY_MS : null);
  const edges = frozen ?? data?.journal.edges;
  if (!edges) return <Whole>{error ? <Problem>{explain(error)}</Problem> : <Empty>Reading the journal…</Empty>}</Whole>;
  if (edges.length === 0 && after === null) return <Whole><Empty>The journal has no such entry.</Empty></Whole>;
  const older = frozen === null && data?.journal.pageInfo.hasNextPage;
  return (
    <>
      {edges.map(({ node }) => <Row key={node.id} entry={node} onOpen={() => onOpen(node.alarm.key)} />)}
      {frozen ? <Rows search={search} after={frozen.at(-1)?.cursor ?? null} onOpen={onOpen} /> : null}
      {older ? <Whole><Button size="xs" variant="default" onClick={() => setFrozen(edges)}>Show older entries</Button></Whole> : null}
    </>
  );
}

function Whole({ children }: { children: ReactNode }) {
  return <Table.Tr><Table.Td colSpan={7} ta="center">{children}</Table.Td></Table.Tr>;
}

function Row({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  return (
    <Table.Tr>
      <Table.Td className="tep-number">
        {formatTime(entry.wallTime)}
        <div className={classes['dim']} title="Plant time">{formatTime(entry.sourceTime)}</div>
      </Table.Td>
      <Table.Td><SeverityMark severity={entry.severity} /></Table.Td>
      <Table.Td><button type="button" className={classes['title']} onClick={onOpen}>{entry.alarm.title}</button></Table.Td>
      <Table.Td>
        {transitionNames[entry.kind]}
        <div className={classes['dim']}>{alarmStates[entry.from].name} → {alarmStates[entry.to].name}</div>
      </Table.Td>
      <Table.Td className={classes['number']}>
        {alarmNumber(entry.value, entry.alarm.tag)}
        <div className={classes['dim']} title="Limit">{alarmNumber(entry.limit, entry.alarm.tag)}</div>
      </Table.Td>
      <Table.Td>{entry.by ?? '–'}</Table.Td>
      <Table.Td>{entry.comment ?? ''}</Table.Td>
    </Table.Tr>
  );
}
