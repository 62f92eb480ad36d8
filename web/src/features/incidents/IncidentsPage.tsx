import { Table } from '@mantine/core';
import { Link } from 'react-router';

import { explain } from '@/api/errors';
import { IncidentsDocument } from '@/api/generated/graphql';
import { usePolledQuery } from '@/api/use-polled';
import { formatPercent, formatTime } from '@/lib/format';
import { SeverityMark } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './incidents.module.css';
import { causeKey, headline, judgements } from './words';

const EVERY_MS = 5_000;
const SHOWN = 100;

/** What was behind the alarms of detectors and the advice of their charts, the newest first. */
export function IncidentsPage() {
  const [{ data, error }, ask] = usePolledQuery(IncidentsDocument, { first: SHOWN }, EVERY_MS);
  const incidents = data?.incidents ?? [];
  return (
    <Page title="Incidents">
      <Problem onRetry={() => ask({ requestPolicy: 'network-only' })}>{explain(error)}</Problem>
      <Panel flush>
        {!data && !error ? <Empty>Reading the incidents…</Empty> : null}
        {data && incidents.length === 0 ? <Empty>Nothing has been diagnosed yet: no detector has raised an alarm, and none of their charts has advised.</Empty> : null}
        {incidents.length > 0 ? (
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr><Table.Th>Called for, plant time</Table.Th><Table.Th>What can be told</Table.Th><Table.Th>Likeliest cause</Table.Th><Table.Th>By</Table.Th><Table.Th>Found to be</Table.Th></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {incidents.map(({ occurrenceId, calledBy, chart, alarm, alarmKey, raisedAt, certainty, causes, verdict }) => {
                const first = causes[0];
                return (
                  <Table.Tr key={occurrenceId}>
                    <Table.Td className="tep-number"><Link to={`/incidents/${occurrenceId}`}>{formatTime(raisedAt)}</Link></Table.Td>
                    <Table.Td>{headline(certainty, causes)}</Table.Td>
                    <Table.Td>{first ? <>{causeKey(first.cause.key)} <span className={classes['dim']}>{formatPercent(first.score)}</span></> : '–'}</Table.Td>
                    <Table.Td>{calledBy === 'ADVISORY' ? `Advisory: chart ${chart}` : <>{calledBy === 'LATER_ONSET' ? 'Began later under ' : null}{alarm ? <SeverityMark severity={alarm.severity} size={16} /> : null} <Link to={`/alarms?alarm=${encodeURIComponent(alarmKey)}`}>{alarm?.title ?? alarmKey}</Link></>}</Table.Td>
                    <Table.Td>{verdict ? `${judgements[verdict.judgement]}${verdict.cause ? `: ${verdict.cause.name}` : ''}` : '–'}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        ) : null}
      </Panel>
    </Page>
  );
}
