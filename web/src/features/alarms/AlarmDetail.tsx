import { Drawer, Group, Stack, Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { AlarmDetailDocument, SuppressionRulesDocument, type AlarmDetailQuery, type DiagnosisCertainty } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { alarmOf, isPutAside, owesAcknowledgement, useAlarms, type Alarm } from '@/stores/alarms';
import { Contributions } from '@/ui/Contributions';
import { GuardedButton } from '@/ui/guarded';
import { alarmStates, QualityMark, SeverityMark } from '@/ui/marks';
import { Problem } from '@/ui/page';

import { Refusals } from './Refusals';
import { alarmNumber } from './AlarmRow';
import { hiddenBy } from './hidden-by';
import { Known } from './Known';
import classes from './alarms.module.css';
import { Onset } from './Onset';
import { transitionNames } from './transitions';
import { OrderDialog, type Asked } from './OrderDialog';
import { useAlarmOrder, type AlarmOrder } from './use-alarm-order';

type Detail = NonNullable<AlarmDetailQuery['alarm']>;

const DETAIL = 'alarm-detail';

/** Takes the keyboard from the list, which keeps it when a detail opens, into the detail. */
export function enterDetail(): void {
  document.getElementById(DETAIL)?.focus();
}

/** Gives the keyboard back to the row of the alarm, when the detail held it and the row is there. */
export function leaveDetail(alarm: string): void {
  const held = document.activeElement;
  if (held !== document.body && !document.getElementById(DETAIL)?.closest('[role="dialog"]')?.contains(held)) return;
  [...document.querySelectorAll<HTMLElement>('tr[data-alarm]')].find((row) => row.dataset['alarm'] === alarm)?.focus();
}

/** Everything about one alarm: what to do first, then why, then what has happened. */
export function AlarmDetail({ alarm, onClose }: { alarm: string | null; onClose: () => void }) {
  return (
    // The list and the banner stay in sight and in reach: another alarm may come while this one is read.
    <Drawer opened={alarm !== null} onClose={onClose} position="right" size={520} title="Alarm" withOverlay={false} trapFocus={false} lockScroll={false} closeOnClickOutside={false} shadow="lg" classNames={{ inner: classes['drawer'] }} closeButtonProps={{ 'aria-label': 'Close' }}>
      {alarm === null ? null : <Loaded key={alarm} alarm={alarm} />}
    </Drawer>
  );
}

function Loaded({ alarm }: { alarm: string }) {
  const live = useAlarms(() => alarmOf(alarm));
  const [{ data, error, fetching }, ask] = useQuery({ query: AlarmDetailDocument, variables: { id: alarm }, requestPolicy: 'cache-and-network' });
  // The list hears of a transition first; the rest of the detail follows it.
  useEffect(() => ask({ requestPolicy: 'network-only' }), [ask, live?.state, live?.occurrenceId]);
  const known = data?.alarm;
  if (!known) return fetching ? <p role="status">Reading the alarm…</p> : <Problem>{explain(error) ?? `There is no alarm ${alarm}.`}</Problem>;
  return <Facts alarm={live ? { ...known, ...live } : known} />;
}

function Facts({ alarm }: { alarm: Detail }) {
  const now = useNow();
  const { name, explanation, flashes } = alarmStates[alarm.state];
  return (
    <Stack gap="md">
      <div>
        <h2 id={DETAIL} tabIndex={-1} style={{ margin: 0 }}><SeverityMark severity={alarm.severity} flashing={flashes} /> {alarm.title}</h2>
        <span title={explanation}>{name}</span> <QualityMark quality={alarm.quality} />
      </div>
      <div className={classes['guidance']}>
        <strong>What to do</strong>
        <p className={classes['text']}>{alarm.guidance}</p>
      </div>
      <Orders alarm={alarm} />
      <dl className={classes['facts']}>
        {alarm.value === null ? null : <><dt>Value</dt><dd>{alarmNumber(alarm.value, alarm.tag, alarm.valueUnit)}</dd></>}
        {alarm.limit === null ? null : <><dt>Limit</dt><dd>{alarmNumber(alarm.limit, alarm.tag, alarm.valueUnit)}</dd></>}
        <dt>Unit</dt><dd>{alarm.unit ? <Link to={`/units/${alarm.unit.key}${alarm.tag ? `?tags=${alarm.tag.key}` : ''}`}>{alarm.unit.name}</Link> : 'the whole plant'}</dd>
        {alarm.raisedAt ? <><dt>Raised</dt><dd>{formatTime(alarm.raisedAt)} plant time</dd></> : null}
        {alarm.annunciatedAt ? <><dt>Annunciated</dt><dd>{formatTime(alarm.annunciatedAt)} ({formatAge(now - Date.parse(alarm.annunciatedAt))} ago)</dd></> : alarm.group?.silent ? <><dt>Annunciated</dt><dd>not by itself: it came into a group that had called</dd></> : null}
        {alarm.acknowledgedBy ? <><dt>Acknowledged</dt><dd>by {alarm.acknowledgedBy}, {formatTime(alarm.acknowledgedAt)}</dd></> : null}
        {alarm.shelvedUntil ? <><dt>Shelved</dt><dd>until {formatTime(alarm.shelvedUntil)}{alarm.shelvedOnce ? ', or until the condition is over' : ''}{said(', by', alarm.shelf)}</dd></> : null}
        {alarm.suppressedBy ? <><dt>Suppressed</dt><dd><HiddenBy by={alarm.suppressedBy} /></dd></> : null}
        {alarm.workOrder ? <><dt>Out of service</dt><dd>{alarm.workOrder}{said(', taken by', alarm.maintenance)}</dd></> : null}
        {alarm.assignedTo ? <><dt>Assigned to</dt><dd>{alarm.assignedTo}</dd></> : null}
        {alarm.reAlarms > 0 ? <><dt>Called again</dt><dd>{alarm.reAlarms} ×</dd></> : null}
        {alarm.comment ? <><dt>Comment</dt><dd>{alarm.comment}</dd></> : null}
      </dl>
      {alarm.tag && alarm.raisedAt ? <Onset key={alarm.raisedAt} tag={alarm.tag.key} raisedAt={alarm.raisedAt} limit={alarm.limit} /> : null}
      <WhereItComesFrom alarm={alarm} />
      {alarm.occurrenceId ? <Link to={`/why?alarm=${encodeURIComponent(alarm.key)}&occurrence=${alarm.occurrenceId}`}>Why did it come? Explanation, evidence, questions</Link> : null}
      {alarm.occurrenceId && alarm.incident ? <Link to={`/incidents/${alarm.occurrenceId}`}>What is behind it: {behind(alarm.incident)}</Link> : null}
      <Known alarm={alarm.key} tag={alarm.tag?.key ?? null} />
      <section className={classes['section']}><h3>Cause</h3><p className={classes['text']}>{alarm.cause}</p></section>
      <section className={classes['section']}><h3>If nobody acts</h3><p className={classes['text']}>{alarm.consequence}</p></section>
      {alarm.contributions.length > 1 ? <section className={classes['section']}><h3>Contributions</h3><Contributions shares={alarm.contributions} /></section> : null}
      <History alarm={alarm.key} entries={alarm.history} />
    </Stack>
  );
}

/** As much as the diagnosis tells: a likeliest cause that it does not name as the one is not named here either. */
export function behind({ certainty, causes }: { certainty: DiagnosisCertainty; causes: readonly { cause: { name: string } }[] }): string {
  switch (certainty) {
    case 'ONE': return causes[0]?.cause.name ?? 'the incident';
    case 'ONE_OF': return 'one of several causes that cannot be told apart';
    case 'INCONCLUSIVE': return 'the diagnosis is inconclusive';
  }
}

/** Who has put it aside, when and why, after these words. */
function said(words: string, put: Alarm['shelf']): string {
  if (!put) return '';
  return `${put.by ? `${words} ${put.by}` : ''}, ${formatTime(put.at)}${put.reason ? `: ${put.reason}` : ''}`;
}

/** What hides it, by its title. */
function HiddenBy({ by }: { by: string }) {
  const [{ data }] = useQuery({ query: SuppressionRulesDocument });
  return <>{useAlarms(() => hiddenBy(by, data?.suppressionRules ?? [], alarmOf))}</>;
}

/** The page that shows what the alarm watches. */
function WhereItComesFrom({ alarm }: { alarm: Detail }) {
  if (alarm.tag) return <Link to={`/trends?tags=${alarm.tag.key}&from=-1h&to=now`}>Show the trend</Link>;
  if (alarm.detector) return <Link to="/detectors">Show the detectors</Link>;
  if (alarm.key.startsWith('SYSTEM/NOTIFICATION')) return <Link to="/notifications">Show the notifications</Link>;
  return <Link to="/supervision">Show the supervision</Link>;
}

/** Everything that may be ordered of an alarm in its state; what the person may not do is there, disabled, with the reason. */
function Orders({ alarm }: { alarm: Detail }) {
  const [acknowledging, resetting, shelving, service, remarking] = [
    usePermission('alarm:acknowledge'), usePermission('alarm:reset'), usePermission('alarm:shelve'), usePermission('alarm:out-of-service'), usePermission('alarm:comment'),
  ];
  const orders = useAlarmOrder();
  const [comment, setComment] = useState('');
  const [asked, setAsked] = useState<Asked | null>(null);
  const send = (order: AlarmOrder) => { void orders.order(order, [alarm]); setAsked(null); setComment(''); };
  const owed = owesAcknowledgement[alarm.state];
  return (
    <div>
      <Refusals refusals={orders.refusals} retry={orders.retry} onClose={orders.forget} />
      {owed ? <Textarea label="Comment" placeholder="Optional" autosize minRows={1} maxLength={1000} mb="xs" value={comment} onChange={(e) => setComment(e.currentTarget.value)} disabled={!acknowledging.allowed} /> : null}
      <Group gap="xs">
        {owed ? <GuardedButton permission={acknowledging} loading={orders.busy} onClick={() => send({ what: 'acknowledge', comment })}>Acknowledge</GuardedButton> : null}
        {alarm.state === 'LATCHED_ACKNOWLEDGED' ? <GuardedButton permission={resetting} loading={orders.busy} onClick={() => send({ what: 'reset' })}>Reset</GuardedButton> : null}
        {isPutAside(alarm.state) ? null : <GuardedButton variant="default" permission={shelving} disabled={orders.busy} onClick={() => setAsked('shelve')}>Shelve…</GuardedButton>}
        {alarm.state === 'SHELVED' ? <GuardedButton permission={shelving} loading={orders.busy} onClick={() => send({ what: 'unshelve' })}>Unshelve</GuardedButton> : null}
        {alarm.state === 'OUT_OF_SERVICE' ? <GuardedButton permission={service} loading={orders.busy} onClick={() => send({ what: 'giveBack' })}>Return to service</GuardedButton> : <GuardedButton variant="default" permission={service} disabled={orders.busy} onClick={() => setAsked('takeOut')}>Out of service…</GuardedButton>}
        <GuardedButton variant="default" permission={remarking} disabled={orders.busy} onClick={() => setAsked('assign')}>Assign…</GuardedButton>
        <GuardedButton variant="default" permission={remarking} disabled={orders.busy} onClick={() => setAsked('comment')}>Remark…</GuardedButton>
      </Group>
      <OrderDialog question={asked ? { what: asked, alarms: [alarm] } : null} onClose={() => setAsked(null)} onSend={send} />
    </div>
  );
}

function History({ alarm, entries }: { alarm: string; entries: Detail['history'] }) {
  return (
    <section className={classes['section']}>
      <h3>History</h3>
      <Link to={`/alarms?tab=journal&of=${encodeURIComponent(alarm)}`}>All of it, in the journal</Link>
      {entries.length === 0 ? <p className={classes['text']}>Nothing is recorded yet.</p> : null}
      {entries.map((entry) => (
        <div key={entry.id} className={classes['entry']}>
          <strong>{transitionNames[entry.kind]}</strong> {formatTime(entry.wallTime)}{entry.by ? ` by ${entry.by}` : ''}
          <div className={classes['dim']}>{entry.from === entry.to ? alarmStates[entry.to].name : `${alarmStates[entry.from].name} → ${alarmStates[entry.to].name}`}; {formatTime(entry.sourceTime)} plant time</div>
          {entry.comment ? <div>{entry.comment}</div> : null}
        </div>
      ))}
    </section>
  );
}
