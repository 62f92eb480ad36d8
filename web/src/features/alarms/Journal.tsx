import { Button, Group, Menu, MultiSelect, Select, Table, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { AlarmNamesDocument, JournalDocument, type JournalFilter, type JournalQuery, type TransitionKind } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { alarmStates, SeverityMark } from '@/ui/marks';
import { Empty, Panel, Problem } from '@/ui/page';
import { Words } from '@/ui/Words';

import { alarmNumber } from './AlarmRow';
import classes from './alarms.module.css';
import { exportAddress, journalFilter, periods, questionOf, write, type JournalQuestion } from './journal-filter';
import { transitionNames } from './transitions';

const PAGE = 50;
const FIRST_PAGE_EVERY_MS = 5_000;

type Edges = JournalQuery['journal']['edges'];
type Entry = Edges[number]['node'];

const kinds = Object.entries(transitionNames).map(([value, label]) => ({ value, label }));

/** Everything that ever happened to an alarm, newest first. What is asked for stands in the address. */
export function Journal({ onOpen }: { onOpen: (alarm: string) => void }) {
  const [params, setParams] = useSearchParams();
  const question = questionOf(params);
  const ask = (next: Partial<JournalQuestion>) => setParams(write(params, { ...question, ...next }), { replace: true });
  const filter = journalFilter(question);
  return (
    <>
      <Questions question={question} onAsk={ask} />
      <Panel flush label="Journal">
        <div className={classes['scroll']}>
          <Table verticalSpacing={5} aria-label="Journal">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Time, and plant time</Table.Th>
                <Table.Th>Severity</Table.Th>
                <Table.Th>Alarm</Table.Th>
                <Table.Th>What happened</Table.Th>
                <Table.Th ta="right">Value, limit</Table.Th>
                <Table.Th>By</Table.Th>
                <Table.Th>Comment</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody key={JSON.stringify(question)}><Rows filter={filter} after={null} onOpen={onOpen} /></Table.Tbody>
          </Table>
        </div>
      </Panel>
    </>
  );
}

function Questions({ question, onAsk }: { question: JournalQuestion; onAsk: (next: Partial<JournalQuestion>) => void }) {
  const { key: plant, units } = usePlant();
  const alarms = useAlarmNames();
  return (
    <Group mb="sm" gap="xs" className={classes['filters']}>
      <Words label="Search the journal" placeholder="Search" width={160} value={question.text} onSay={(text) => onAsk({ text })} />
      <Select size="xs" w={210} clearable searchable limit={100} aria-label="Alarm" placeholder="Any alarm" value={question.of} data={withChosen(alarms, question.of)} onChange={(of) => onAsk({ of })} />
      <Select size="xs" w={130} clearable aria-label="Unit" placeholder="Any unit" value={question.unit} data={units.map(({ key, name }) => ({ value: key, label: name }))} onChange={(unit) => onAsk({ unit })} />
      <MultiSelect size="xs" w={190} clearable aria-label="What happened" placeholder={question.kinds.length === 0 ? 'Whatever happened' : ''} value={[...question.kinds]} data={kinds} onChange={(chosen) => onAsk({ kinds: chosen as TransitionKind[] })} />
      <Words label="By whom" placeholder="By anybody" width={110} value={question.by} onSay={(by) => onAsk({ by })} />
      <Select size="xs" w={130} clearable aria-label="Period" placeholder="At any time" value={question.period} data={periods} onChange={(period) => onAsk({ period, from: null, to: null })} />
      <TextInput size="xs" type="datetime-local" aria-label="From" leftSection={<span className={classes['dim']}>from</span>} leftSectionWidth={40} value={question.from ?? ''} onChange={(e) => onAsk({ from: e.currentTarget.value || null, period: null })} />
      <TextInput size="xs" type="datetime-local" aria-label="To" leftSection={<span className={classes['dim']}>to</span>} leftSectionWidth={26} value={question.to ?? ''} onChange={(e) => onAsk({ to: e.currentTarget.value || null, period: null })} />
      <Menu>
        <Menu.Target><Button size="xs" variant="default">Export…</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={exportAddress(plant, question, 'csv')} download>Table (CSV)</Menu.Item>
          <Menu.Item component="a" href={exportAddress(plant, question, 'json')} download>JSON</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** What is asked for is offered, also where a plant has more alarms than are offered. */
function withChosen(alarms: readonly { value: string; label: string }[], chosen: string | null): { value: string; label: string }[] {
  return chosen === null || alarms.some(({ value }) => value === chosen) ? [...alarms] : [{ value: chosen, label: chosen }, ...alarms];
}

/** The alarms of the plant, by title, as many as the server gives at once; read once. */
function useAlarmNames(): { value: string; label: string }[] {
  const [{ data }] = useQuery({ query: AlarmNamesDocument });
  return (data?.alarms.edges ?? []).map(({ node }) => ({ value: node.key, label: `${node.title} (${node.key})` }));
}

interface RowsProps {
  filter: JournalFilter | null;
  after: string | null;
  onOpen: (alarm: string) => void;
}

/**
 * One page of rows, and below it the next when somebody asks for it. From then on the upper page stays as it was: entries
 * that arrive later would push rows across the border between two pages, where nobody saw them.
 */
function Rows({ filter, after, onOpen }: RowsProps) {
  const [frozen, setFrozen] = useState<Edges | null>(null);
  const [{ data, error }] = usePolledQuery(JournalDocument, { filter, first: PAGE, after }, after === null && frozen === null ? FIRST_PAGE_EVERY_MS : null);
  const edges = frozen ?? data?.journal.edges;
  if (!edges) return <Whole>{error ? <Problem>{explain(error)}</Problem> : <Empty>Reading the journal…</Empty>}</Whole>;
  if (edges.length === 0 && after === null) return <Whole><Empty>{filter ? 'The journal has no such entry.' : 'Nothing has happened to an alarm yet.'}</Empty></Whole>;
  const older = frozen === null && data?.journal.pageInfo.hasNextPage;
  return (
    <>
      {edges.map(({ node }) => <Row key={node.id} entry={node} onOpen={() => onOpen(node.alarm.key)} />)}
      {frozen ? <Rows filter={filter} after={frozen.at(-1)?.cursor ?? null} onOpen={onOpen} /> : null}
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
        <div className={`${classes['dim']} ${classes['oneLine']}`}>{entry.from === entry.to ? alarmStates[entry.to].name : `${alarmStates[entry.from].name} → ${alarmStates[entry.to].name}`}</div>
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
