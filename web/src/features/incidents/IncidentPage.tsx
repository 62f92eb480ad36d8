import { Table } from '@mantine/core';
import { Link, useParams } from 'react-router';

import { explain } from '@/api/errors';
import { IncidentDocument, type IncidentQuery } from '@/api/generated/graphql';
import { usePolledQuery } from '@/api/use-polled';
import { formatClock, formatPercent, formatTag, formatTime } from '@/lib/format';
import { useLive } from '@/stores/live';
import { Contributions } from '@/ui/Contributions';
import { alarmStates, SeverityMark } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './incidents.module.css';
import { JudgeIncident } from './JudgeIncident';
import { called, causeKey, headline, inOrderOfDeparture, judgements, tripWords } from './words';

/** A standing incident is diagnosed anew with every sample. */
const EVERY_MS = 3_000;
/** A standing incident that was not looked at for so long, plant time, is not looked at any more. */
const FRESH_MS = 20 * 60_000;

type Incident = NonNullable<IncidentQuery['incident']>;

/** What is behind one alarm of a detector, what began under it, or behind the advice of a chart: the cause, where it began, what resembles it, and how long there is. */
export function IncidentPage() {
  const { occurrence = '' } = useParams();
  const [{ data, error, fetching }, ask] = usePolledQuery(IncidentDocument, { occurrence }, EVERY_MS);
  const incident = data?.incident;
  return (
    <Page title="Incident" aside={<Link to="/incidents">All incidents</Link>}>
      <Problem onRetry={() => ask({ requestPolicy: 'network-only' })}>{explain(error)}</Problem>
      {incident ? <Shown incident={incident} onJudged={() => ask({ requestPolicy: 'network-only' })} /> : error ? null : <Empty>{fetching && !data ? 'Reading the incident…' : 'This occurrence has not been diagnosed. Alarms of detectors are, a few seconds after they are raised.'}</Empty>}
    </Page>
  );
}

function Shown({ incident, onJudged }: { incident: Incident; onJudged: () => void }) {
  const { alarm, calledBy, certainty, causes, inconclusiveBecause, later, timeToTrip } = incident;
  const occurrence = calledBy === 'LATER_ONSET' ? incident.underOccurrenceId : incident.occurrenceId;
  const stands = calledBy !== 'ADVISORY' && alarm?.active === true && alarm.occurrenceId === occurrence;
  // What was to be expected hours ago is no forecast from now on.
  const fresh = useLive((s) => s.at === null || s.at - Date.parse(incident.until) < FRESH_MS);
  return (
    <>
      <section className={classes['head']} data-certainty={certainty} aria-label="What can be told">
        <h2>{headline(certainty, causes)}</h2>
        {inconclusiveBecause ? <p>{inconclusiveBecause}</p> : null}
        {timeToTrip && !(stands && fresh) ? (
          <p className={classes['dim']} role="note">When it was last looked at, at {formatTime(incident.until)} plant time, a shutdown was to be expected {tripWords(timeToTrip)}.</p>
        ) : null}
        {timeToTrip && stands && fresh ? (
          <p className={classes['trip']} role="note">
            <strong>The plant may shut itself down {tripWords(timeToTrip)}</strong> of plant time, as {timeToTrip.tripped} of {timeToTrip.of} known incidents of this kind did.
          </p>
        ) : null}
        {calledBy === 'ADVISORY' ? <p><strong>Advisory.</strong> The chart {incident.chart} advises; no alarm was raised.</p> : null}
        {calledBy === 'LATER_ONSET' ? (
          <p>It began while the alarm stood already, so it is seen against what the plant had settled at. <Link to={`/incidents/${incident.underOccurrenceId}`}>What raised the alarm</Link></p>
        ) : null}
        <p className={classes['dim']}>
          {calledBy === 'ADVISORY' ? null : alarm ? <><SeverityMark severity={alarm.severity} size={16} /> <Link to={`/alarms?alarm=${encodeURIComponent(alarm.key)}`}>{alarm.title}</Link>, {alarmStates[alarm.state].name.toLowerCase()}. </> : `Alarm ${incident.alarmKey}. `}
          {called[calledBy]} {formatTime(incident.raisedAt)}; it left {calledBy === 'LATER_ONSET' ? 'what the plant had settled at' : 'normal operation'} {formatTime(incident.departedAt)}, both plant time.
          {calledBy === 'ADVISORY' ? ` Last looked at ${formatTime(incident.until)}.` : !stands ? ' It is over.' : later.length > 0 ? ' It stands, and something else has begun since.' : fresh ? ' It stands; in its first five hours it is diagnosed anew with every sample.' : ` It stands, and is not diagnosed any more: what is said here is of ${formatTime(incident.until)}.`}
        </p>
        {later.length > 0 ? (
          <p>Under this alarm something else began: {later.map((one, at) => <span key={one.occurrenceId}>{at > 0 ? ', ' : ''}<Link to={`/incidents/${one.occurrenceId}`}>{formatTime(one.departedAt)}</Link></span>)}.</p>
        ) : null}
      </section>
      <div className={classes['columns']}>
        <div className={classes['column']}>
          <Panel title="Causes" flush><Causes causes={causes} why={inconclusiveBecause} /></Panel>
          <Panel title="Incidents that resemble it" flush><Similar similar={incident.similar} /></Panel>
        </div>
        <div className={classes['column']}>
          <Panel title="Where it began"><Roots roots={incident.roots} from={incident.departedAt} to={incident.until} /></Panel>
          <Panel title="What was found"><Verdict verdict={incident.verdict} /><JudgeIncident key={incident.occurrenceId} incident={incident} onChanged={onJudged} /></Panel>
        </div>
      </div>
      <p className={classes['dim']}>{incident.library ? `Compared with the library ${incident.library}, looked at until ${formatTime(incident.until)} plant time.` : 'There was nothing to compare it with.'}</p>
    </>
  );
}

function Causes({ causes, why }: { causes: Incident['causes']; why: string | null }) {
  if (causes.length === 0) return <Empty>{why ?? 'None is known.'}</Empty>;
  return (
    <Table verticalSpacing={6}>
      <Table.Tbody>
        {causes.map(({ cause, score, support, possible }) => (
          <Table.Tr key={cause.key} data-possible={possible || undefined} className={classes['cause']}>
            <Table.Td className={classes['mark']}>{possible ? <span title="Possible by what has been seen">●</span> : <span title="Ruled out by what has been seen">○</span>}</Table.Td>
            <Table.Td><strong>{causeKey(cause.key)}</strong> {cause.name}</Table.Td>
            <Table.Td className={classes['bar']}><div style={{ width: `${100 * score}%` }} /></Table.Td>
            <Table.Td ta="right" className="tep-number" title={`From ${support} known incidents of this cause`}>{score < 0.005 ? '< 1 %' : formatPercent(score)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Roots({ roots, from, to }: { roots: Incident['roots']; from: string; to: string }) {
  if (roots.length === 0) return <Empty>No tag stands out.</Empty>;
  const departed = inOrderOfDeparture(roots.slice(0, 6)).filter((root) => root.departedAt !== null);
  const tags = roots.slice(0, 4).map(({ tag }) => tag.key).join(',');
  const window = `from=${encodeURIComponent(new Date(Date.parse(from) - 3_600_000).toISOString())}&to=${encodeURIComponent(to)}`;
  return (
    <>
      <Contributions shares={roots} most={6} />
      {departed.length > 0 ? (
        <ol className={classes['order']} aria-label="In the order in which they departed">
          {departed.map(({ tag, departedAt }) => <li key={tag.key}>{departedAt ? formatClock(departedAt) : ''} <Link to={`/units/${tag.unit.key}?tags=${tag.key}`}>{formatTag(tag.key)}</Link> {tag.name}</li>)}
        </ol>
      ) : null}
      <Link to={`/trends?tags=${tags}&${window}`}>Show their trends</Link>
    </>
  );
}

function Similar({ similar }: { similar: Incident['similar'] }) {
  if (similar.length === 0) return <Empty>None is known.</Empty>;
  return (
    <Table verticalSpacing={6}>
      <Table.Thead><Table.Tr><Table.Th>Incident</Table.Th><Table.Th>Cause</Table.Th><Table.Th ta="right" title="1 is as far as incidents of one cause usually are from one another">Distance</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {similar.map(({ key, cause, distance, own }) => (
          <Table.Tr key={key}>
            <Table.Td>{own ? <Link to={`/incidents/${key}`}>of this plant</Link> : <span className={classes['dim']}>simulated, seed {key.split('/')[1] ?? key}</span>}</Table.Td>
            <Table.Td>{cause ? <><strong>{causeKey(cause.key)}</strong> {cause.name}</> : 'not known'}</Table.Td>
            <Table.Td ta="right" className="tep-number">{distance.toFixed(2)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Verdict({ verdict }: { verdict: Incident['verdict'] }) {
  if (!verdict) return <Empty>Nobody has said what it was. An incident whose cause is named is compared with from then on.</Empty>;
  return (
    <>
      <p className={classes['found']}>The diagnosis was <strong>{judgements[verdict.judgement]}</strong>{verdict.cause ? <>; the cause was <strong>{verdict.cause.name}</strong></> : null}.</p>
      {verdict.comment ? <p className={classes['found']}>{verdict.comment}</p> : null}
      <p className={classes['dim']}>{verdict.by}, {formatTime(verdict.at)}</p>
    </>
  );
}
