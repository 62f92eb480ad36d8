import { Badge, Button, Checkbox, Group, Select, Table } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient, useQuery } from 'urql';

import { explain } from '@/api/errors';
import { RegisterDocument, RegisterTableDocument, type RegisterQuery } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { formatValue } from '@/lib/format';
import { severities, SeverityMark, severityOrder } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';
import { Words } from '@/ui/Words';

import { EntryDrawer } from './EntryDrawer';
import classes from './register.module.css';
import { atStake, driftKinds } from './words';

type Row = RegisterQuery['alarmRegister']['edges'][number]['node'];

const SHOWN = 500;

/** What was decided of every alarm, what waits, and what has drifted. */
export function RegisterPage() {
  const [search, setSearch] = useSearchParams();
  const { units } = usePlant();
  const set = (changes: Record<string, string | null>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes)) if (value) next.set(name, value); else next.delete(name);
    setSearch(next, { replace: true });
  };
  const flag = (name: string) => search.get(name) === 'yes';
  const severity = severityOrder.find((known) => known === search.get('severity')) ?? null;
  const filter = {
    search: search.get('text') || null,
    unit: search.get('unit'),
    severities: severity ? [severity] : null,
    pending: flag('pending'),
    drifted: flag('drifted'),
    unassessed: flag('unassessed'),
  };
  const [{ data, error, fetching }, ask] = useQuery({ query: RegisterDocument, variables: { filter, first: SHOWN }, requestPolicy: 'cache-and-network' });
  const register = data?.alarmRegister;
  const rows = register?.edges.map(({ node }) => node) ?? [];
  return (
    <Page title="Alarm register" aside={<Download />}>
      <Problem>{explain(error)}</Problem>
      <Group gap="sm" align="center">
        <Words label="Search" placeholder="Search alarms and words" width={200} value={search.get('text') ?? ''} onSay={(text) => set({ text })} />
        <Select size="xs" w={140} clearable aria-label="Unit" placeholder="Any unit" value={search.get('unit')} onChange={(unit) => set({ unit })} data={units.map((u) => ({ value: u.key, label: u.name }))} />
        <Select size="xs" w={140} clearable aria-label="Severity" placeholder="Any severity" value={severity} onChange={(value) => set({ severity: value })} data={severityOrder.map((s) => ({ value: s, label: severities[s].name }))} />
        <Checkbox size="xs" label={`Waits for approval (${register?.pendingCount ?? 0})`} checked={flag('pending')} onChange={(e) => set({ pending: e.currentTarget.checked ? 'yes' : null })} />
        <Checkbox size="xs" label={`Drifted (${register?.driftCount ?? 0})`} checked={flag('drifted')} onChange={(e) => set({ drifted: e.currentTarget.checked ? 'yes' : null })} />
        <Checkbox size="xs" label="Not assessed" checked={flag('unassessed')} onChange={(e) => set({ unassessed: e.currentTarget.checked ? 'yes' : null })} />
      </Group>
      <Panel flush label="Alarm register">
        <div className={classes['scroll']}>
          <Table highlightOnHover verticalSpacing={6} aria-label="Alarm register">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Severity</Table.Th>
                <Table.Th>Alarm</Table.Th>
                <Table.Th>Unit</Table.Th>
                <Table.Th ta="right">Limit</Table.Th>
                <Table.Th ta="right">Time to respond</Table.Th>
                <Table.Th>If nobody acts</Table.Th>
                <Table.Th>Class</Table.Th>
                <Table.Th>Decided by</Table.Th>
                <Table.Th>To do</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>{rows.map((row) => <Entry key={row.key} row={row} onOpen={() => set({ alarm: row.key })} />)}</Table.Tbody>
          </Table>
        </div>
        {rows.length === 0 ? <Empty>{fetching ? 'Reading the register…' : 'No alarm matches the filter.'}</Empty> : null}
        {register && register.totalCount > rows.length ? <Empty>{`The first ${rows.length} of ${register.totalCount} are shown; narrow the filter to see others.`}</Empty> : null}
      </Panel>
      <EntryDrawer alarm={search.get('alarm')} onClose={() => set({ alarm: null })} onChanged={() => ask({ requestPolicy: 'network-only' })} />
    </Page>
  );
}

function Entry({ row, onOpen }: { row: Row; onOpen: () => void }) {
  const { running, tag, pending, drift } = row;
  const minutes = running?.assessment?.timeToRespondMinutes;
  const deviates = running?.assessment && running.assessment.matrixSeverity !== running.severity;
  return (
    <Table.Tr>
      <Table.Td>{running ? <SeverityMark severity={running.severity} withName /> : '–'}</Table.Td>
      <Table.Td><button type="button" className={classes['title']} onClick={onOpen}>{row.title}</button><div className={classes['dim']}>{row.key}</div></Table.Td>
      <Table.Td>{row.unit?.name ?? 'the whole plant'}</Table.Td>
      <Table.Td className={classes['number']}>{running?.limit && tag ? `${formatValue(running.limit.value, tag.resolution)} ${tag.unitOfMeasure}` : ''}</Table.Td>
      <Table.Td className={classes['number']}>{minutes === undefined ? <span className={classes['dim']}>not assessed</span> : `${minutes} min`}</Table.Td>
      <Table.Td>{running?.assessment ? atStake(running.assessment) : ''}</Table.Td>
      <Table.Td>{running?.class}</Table.Td>
      <Table.Td>{row.registerDecides ? `register, version ${row.version}` : 'plant file'}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {pending ? <Badge radius="sm" size="sm" color="blue" className={classes['whole']}>{`proposed by ${pending.proposedBy}`}</Badge> : null}
          {drift ? <Badge radius="sm" size="sm" color="orange" className={classes['whole']} title={driftKinds[drift.kind].explanation}>{driftKinds[drift.kind].name}</Badge> : null}
          {deviates ? <Deviation why={running.justification} /> : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** Says that the severity is another than that of the matrix; only where nobody has said why there is anything to do. */
function Deviation({ why }: { why: string | null }) {
  if (why) return <span className={classes['dim']} title={why}>justified</span>;
  return <Badge radius="sm" size="sm" variant="default" className={classes['whole']} title="Nobody has said why">not by the matrix</Badge>;
}

/** The whole register as a file for a spreadsheet. */
function Download() {
  const client = useClient();
  const [problem, setProblem] = useState<string | null>(null);
  const save = async () => {
    const { data, error } = await client.query(RegisterTableDocument, {}, { requestPolicy: 'network-only' }).toPromise();
    setProblem(explain(error));
    if (!data) return;
    const url = URL.createObjectURL(new Blob([data.alarmRegisterCsv], { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'alarm-register.csv';
    link.click();
    URL.revokeObjectURL(url);
  };
  return <Group gap="xs">{problem ? <span role="alert">{problem}</span> : null}<Button size="xs" variant="default" onClick={() => void save()}>Download as CSV</Button></Group>;
}
