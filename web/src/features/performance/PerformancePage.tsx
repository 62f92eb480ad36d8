import { Button, Group, SegmentedControl, Select, Table } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';

import { explain } from '@/api/errors';
import { PerformanceDocument, type EemuaLevel, type KpiVerdict, type PerformanceQuery, type Severity } from '@/api/generated/graphql';
import { here } from '@/api/place';
import { usePolledQuery } from '@/api/use-polled';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { severities, SeverityMark, severityOrder } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './performance.module.css';
import { RateChart } from './RateChart';

const BOARD_EVERY_MS = 10_000;
const spans = [{ value: '8', label: '8 h' }, { value: '24', label: '24 h' }, { value: '168', label: '7 days' }, { value: '720', label: '30 days' }] as const;

type Board = PerformanceQuery['kpiBoard'];

export const verdicts: Record<KpiVerdict, string> = { MET: '✓ met', MANAGEABLE: '▲ manageable', MISSED: '✕ missed', UNKNOWN: '– nothing to judge' };

const levels: Record<EemuaLevel, { name: string; words: string }> = {
  PREDICTIVE: { name: 'Predictive', words: 'Few alarms, no floods: the operator has time to think ahead.' },
  ROBUST: { name: 'Robust', words: 'The operator keeps up, also in a disturbance.' },
  STABLE: { name: 'Stable', words: 'Quiet on average; peaks are more than can be followed.' },
  REACTIVE: { name: 'Reactive', words: 'Ten calls in ten minutes or more, on average: the operator only reacts.' },
  OVERLOADED: { name: 'Overloaded', words: 'More than a hundred calls in ten minutes, on average.' },
};

/** How well the alarm system serves its operators, held against ISA-18.2 and EEMUA 191. */
export function PerformancePage() {
  const [search, setSearch] = useSearchParams();
  const hours = spans.find(({ value }) => value === search.get('hours'))?.value ?? '24';
  const console = search.get('console');
  const [{ data, error }, ask] = usePolledQuery(PerformanceDocument, { console, hours: Number(hours) }, BOARD_EVERY_MS);
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    next.set(name, value);
    setSearch(next, { replace: true });
  };
  const consoles = data?.plant.consoles ?? [];
  return (
    <Page
      title="Performance"
      aside={(
        <Group gap="sm">
          {consoles.length > 1 ? <Select size="xs" w={180} aria-label="Console" allowDeselect={false} value={console ?? consoles[0]?.key ?? null} onChange={(value) => { if (value) change('console', value); }} data={consoles.map(({ key, name }) => ({ value: key, label: name }))} /> : null}
          <SegmentedControl size="xs" aria-label="Interval until now" value={hours} onChange={(value) => change('hours', value)} data={[...spans]} />
          {data ? <Button size="xs" variant="default" component="a" href={exportOf(console, data.kpiBoard)} download>Export CSV</Button> : null}
        </Group>
      )}
    >
      <Problem onRetry={() => ask({ requestPolicy: 'network-only' })}>{explain(error)}</Problem>
      {data ? <Shown board={data.kpiBoard} flood={data.plant.flood} /> : error ? null : <Empty>The board is being drawn…</Empty>}
    </Page>
  );
}

function exportOf(console: string | null, { from, to }: Board): string {
  const base = here.plant === null ? '' : `/plants/${here.plant}`;
  const asked = new URLSearchParams({ ...(console === null ? {} : { console }), from, to });
  return `${base}/exports/kpis.csv?${asked.toString()}`;
}

function Shown({ board, flood }: { board: Board; flood: PerformanceQuery['plant']['flood'] }) {
  const now = useNow();
  const level = board.level ? levels[board.level] : { name: 'Too early to say', words: 'A level is told after an hour.' };
  return (
    <>
      <p className={classes['dim']}>
        <strong>{level.name}</strong> (EEMUA 191). {level.words}{' '}
        {flood.active && flood.since ? `A flood has run for ${formatAge(now - Date.parse(flood.since))}. ` : ''}
        {flood.count} new {flood.count === 1 ? 'alarm' : 'alarms'} in the last ten minutes. Observed {formatTime(board.from)} to {formatTime(board.to)}, wall time.
      </p>
      <div className={classes['tiles']} aria-label="Figures against their targets" role="list">
        {board.rows.map((row) => (
          <div key={row.key} className={classes['tile']} data-verdict={row.verdict} role="listitem">
            <div className={classes['name']}>{row.title}</div>
            <div className={classes['value']}>{figure(row.actual)}{row.actual === null ? '' : row.unit ? ` ${row.unit}` : ''}</div>
            <div className={classes['verdict']}>
              <span>{row.verdict === 'UNKNOWN' && row.actual !== null ? '– too few to judge' : verdicts[row.verdict]}</span>
              <span>target {row.target}{row.manageable ? `, manageable ${row.manageable}` : ''}</span>
            </div>
          </div>
        ))}
      </div>
      <Panel title="How often the operator was called"><RateChart periods={board.periods} floods={board.floods} from={board.from} to={board.to} /></Panel>
      <div className={classes['columns']}>
        <Panel title="Priority mix"><Mix mix={board.priorityMix} /></Panel>
        <Panel title="Now, and how it was answered"><Facts board={board} /></Panel>
      </div>
      <div className={classes['columns']}>
        <Ranking title="Ten most frequent" alarms={board.nuisances.badActors} empty="No alarm has come." />
        <Ranking title="Chattering: three times in a minute" alarms={board.nuisances.chattering} empty="None chatters." />
        <Ranking title="Fleeting: over in ten seconds" alarms={board.nuisances.fleeting} empty="None is fleeting." />
        <Panel title="Stale: active for more than a day" flush>
          <Listed empty="None is stale." rows={board.nuisances.stale.map((alarm) => ({ ...alarm, said: alarm.since ? formatAge(now - Date.parse(alarm.since)) : '–' }))} />
        </Panel>
        <Panel title="Redundant pairs" flush>
          <Listed empty="No alarm nearly always follows another." rows={board.nuisances.redundant.map((pair) => ({ key: pair.second, title: `${pair.first} → ${pair.second}`, said: `${Math.round(pair.share * 100)} % of ${pair.count}` }))} />
        </Panel>
      </div>
    </>
  );
}

/** As many digits as say something. */
export function figure(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? value.toString() : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function Mix({ mix }: { mix: Board['priorityMix'] }) {
  const counts: Record<Severity, number> = { CRITICAL: mix.critical, HIGH: mix.high, MEDIUM: mix.medium, LOW: mix.low };
  const targets: Record<Severity, string> = { CRITICAL: '< 1 %', HIGH: '5 %', MEDIUM: '15 %', LOW: '80 %' };
  const all = severityOrder.reduce((sum, severity) => sum + counts[severity], 0);
  const share = (severity: Severity) => (all === 0 ? 0 : (100 * counts[severity]) / all);
  return (
    <>
      <div className={classes['mix']} aria-hidden="true">
        {severityOrder.map((severity) => <span key={severity} style={{ width: `${share(severity)}%`, background: severities[severity].colour }} />)}
      </div>
      <dl className={classes['facts']}>
        {severityOrder.map((severity) => (
          <div key={severity} style={{ display: 'contents' }}>
            <dt><SeverityMark severity={severity} size={16} withName /></dt>
            <dd>{counts[severity]} <span className={classes['dim']}>({figure(share(severity))} %, target {targets[severity]})</span></dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Facts({ board }: { board: Board }) {
  const { standing } = board;
  const within = (seconds: number | null) => (seconds === null ? '–' : formatAge(seconds * 1000));
  const facts: readonly [string, string | number][] = [
    ['Standing in the list', standing.listed],
    ['Unacknowledged', standing.unacknowledged],
    ['Shelved', standing.shelved],
    ['Suppressed by design', standing.suppressed],
    ['Out of service', standing.outOfService],
    ['Annunciated', board.calls],
    ['New alarms, with those in groups', board.newAlarms],
    ['Acknowledged', board.acknowledged],
    ['Half of them within', within(board.acknowledgeSecondsP50)],
    ['95 % of them within', within(board.acknowledgeSecondsP95)],
    ['Shelves renewed', board.shelfRenewals],
  ];
  return <dl className={classes['facts']}>{facts.map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Ranking({ title, alarms, empty }: { title: string; alarms: readonly { key: string; title: string; count: number | null }[]; empty: string }) {
  return <Panel title={title} flush><Listed empty={empty} rows={alarms.map((alarm) => ({ ...alarm, said: `${alarm.count ?? 0} ×` }))} /></Panel>;
}

function Listed({ rows, empty }: { rows: readonly { key: string; title: string; said: string }[]; empty: string }) {
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return (
    <Table verticalSpacing={4}>
      <Table.Tbody>
        {rows.map(({ key, title, said }) => (
          <Table.Tr key={`${key} ${title}`}>
            <Table.Td><Link to={`/alarms?alarm=${encodeURIComponent(key)}`}>{title}</Link></Table.Td>
            <Table.Td ta="right" className="tep-number">{said}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
