import { Button, Checkbox, Group, Select, Table, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { AuditDocument, ViewerDocument, type AuditFilter, type AuditQuery } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { permissionOf } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { ToneLabel } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';
import { Words } from '@/ui/Words';

import classes from './audit.module.css';
import { alarmOf, auditFilter, exportAddress, periods, questionOf, write, type AuditQuestion } from './question';

const PAGE = 50;
const FIRST_PAGE_EVERY_MS = 5_000;

type Edges = AuditQuery['audit']['edges'];
type Entry = Edges[number]['node'];

/** Who did what in this installation, and what was refused, newest first. What is asked for stands in the address. */
export function AuditPage() {
  const [{ data }] = useQuery({ query: ViewerDocument });
  const [params, setParams] = useSearchParams();
  const question = questionOf(params);
  const ask = (next: Partial<AuditQuestion>) => setParams(write(params, { ...question, ...next }), { replace: true });
  const permissions = data?.viewer.permissions;
  const { allowed, reason } = permissionOf(permissions, 'audit:read');
  if (!allowed) {
    return <Page title="Audit"><Panel label="Audit"><Empty>{permissions ? `You may not read the audit: ${reason}.` : 'Reading your permissions…'}</Empty></Panel></Page>;
  }
  return (
    <Page title="Audit" aside={<Button size="xs" variant="default" component="a" href={exportAddress(question)} download>Download as CSV</Button>}>
      <Questions question={question} onAsk={ask} actions={permissions?.map(({ action }) => action) ?? []} />
      <Panel flush label="Audit">
        <div className={classes['scroll']}>
          <Table verticalSpacing={5} aria-label="Audit">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Time</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>Action</Table.Th>
                <Table.Th>On</Table.Th>
                <Table.Th>Decision</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Client</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody key={JSON.stringify(question)}><Rows filter={auditFilter(question)} after={null} /></Table.Tbody>
          </Table>
        </div>
      </Panel>
    </Page>
  );
}

/** Coming and going, which no policy decides. */
const atTheGate = ['set-up', 'sign-in', 'sign-out', 'password'];

function Questions({ question, onAsk, actions }: { question: AuditQuestion; onAsk: (next: Partial<AuditQuestion>) => void; actions: readonly string[] }) {
  // What the program itself has written has no name in the policies; an address may still ask for it.
  const known = new Set([...actions, ...atTheGate, ...(question.action === null ? [] : [question.action])]);
  return (
    <Group gap="xs">
      <Words label="Who" placeholder="By anybody" width={130} value={question.who} onSay={(who) => onAsk({ who })} />
      <Select size="xs" w={210} clearable searchable aria-label="Action" placeholder="Any action" value={question.action} data={[...known].sort()} onChange={(action) => onAsk({ action })} />
      <Select size="xs" w={140} clearable aria-label="Period" placeholder="At any time" value={question.period} data={periods} onChange={(period) => onAsk({ period, from: null, to: null })} />
      <TextInput size="xs" type="datetime-local" aria-label="From" leftSection={<span className={classes['dim']}>from</span>} leftSectionWidth={40} value={question.from ?? ''} onChange={(e) => onAsk({ from: e.currentTarget.value || null, period: null })} />
      <TextInput size="xs" type="datetime-local" aria-label="To" leftSection={<span className={classes['dim']}>to</span>} leftSectionWidth={26} value={question.to ?? ''} onChange={(e) => onAsk({ to: e.currentTarget.value || null, period: null })} />
      <Checkbox size="xs" label="Only what was refused" checked={question.refused} onChange={(e) => onAsk({ refused: e.currentTarget.checked })} />
    </Group>
  );
}

/**
 * One page of rows, and below it the next when somebody asks for it. From then on the upper page stays as it was: rows that
 * arrive later would push others across the border between two pages, where nobody saw them.
 */
function Rows({ filter, after }: { filter: AuditFilter | null; after: string | null }) {
  const [frozen, setFrozen] = useState<Edges | null>(null);
  const [{ data, error }] = usePolledQuery(AuditDocument, { filter, first: PAGE, after }, after === null && frozen === null ? FIRST_PAGE_EVERY_MS : null);
  const edges = frozen ?? data?.audit.edges;
  if (!edges) return <Whole>{error ? <Problem>{explain(error)}</Problem> : <Empty>Reading the audit…</Empty>}</Whole>;
  if (edges.length === 0 && after === null) return <Whole><Empty>{filter ? 'The audit has no such row.' : 'Nobody has ordered anything yet.'}</Empty></Whole>;
  const older = frozen === null && data?.audit.pageInfo.hasNextPage;
  return (
    <>
      {edges.map(({ node }) => <Row key={node.id} entry={node} />)}
      {frozen ? <Rows filter={filter} after={frozen.at(-1)?.cursor ?? null} /> : null}
      {older ? <Whole><Button size="xs" variant="default" onClick={() => setFrozen(edges)}>Show older rows</Button></Whole> : null}
    </>
  );
}

function Whole({ children }: { children: ReactNode }) {
  return <Table.Tr><Table.Td colSpan={7} ta="center">{children}</Table.Td></Table.Tr>;
}

function Row({ entry: { at, who, action, on, allowed, before, what, client } }: { entry: Entry }) {
  const { key: plant } = usePlant();
  const alarm = alarmOf(on, plant);
  return (
    <Table.Tr>
      <Table.Td className="tep-number">{formatTime(at)}</Table.Td>
      <Table.Td className={classes['name']}>{who}</Table.Td>
      <Table.Td className={classes['name']}>{action}</Table.Td>
      <Table.Td>{alarm ? <Link to={`/alarms?alarm=${encodeURIComponent(alarm)}`}>{alarm}</Link> : on}</Table.Td>
      <Table.Td><ToneLabel tone={allowed ? 'plain' : 'bad'}>{allowed ? 'allowed' : 'refused'}</ToneLabel></Table.Td>
      <Table.Td className={classes['what']}>
        {what}
        {before ? <details className={classes['dim']}><summary>before</summary>{before}</details> : null}
      </Table.Td>
      <Table.Td className={classes['dim']} title={client ?? undefined}>{client?.split(' ')[0] ?? '–'}</Table.Td>
    </Table.Tr>
  );
}
