import { Drawer, Stack, Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { AlarmDetailDocument, type AlarmDetailQuery } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { owesAcknowledgement, useAlarms } from '@/stores/alarms';
import { Contributions } from '@/ui/Contributions';
import { GuardedButton } from '@/ui/guarded';
import { alarmStates, QualityMark, SeverityMark } from '@/ui/marks';
import { Problem } from '@/ui/page';

import { Refusals } from './AlarmList';
import { alarmNumber } from './AlarmRow';
import classes from './alarms.module.css';
import { transitionNames } from './transitions';
import { useAcknowledge } from './use-acknowledge';

type Detail = NonNullable<AlarmDetailQuery['alarm']>;

/** Everything about one alarm: what to do first, then why, then what has happened. */
export function AlarmDetail({ alarm, onClose }: { alarm: string | null; onClose: () => void }) {
  return (
    // The list and the banner stay in sight and in reach: another alarm may come while this one is read.
    <Drawer opened={alarm !== null} onClose={onClose} position="right" size={480} title="Alarm" withOverlay={false} trapFocus={false} lockScroll={false} closeOnClickOutside={false} shadow="lg" classNames={{ inner: classes['drawer'] }} closeButtonProps={{ 'aria-label': 'Close' }}>
      {alarm === null ? null : <Loaded key={alarm} alarm={alarm} />}
    </Drawer>
  );
}

function Loaded({ alarm }: { alarm: string }) {
  const live = useAlarms((s) => s.list.find((known) => known.key === alarm));
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
        <h2 style={{ margin: 0 }}><SeverityMark severity={alarm.severity} flashing={flashes} /> {alarm.title}</h2>
        <span title={explanation}>{name}</span> <QualityMark quality={alarm.quality} />
      </div>
      <div className={classes['guidance']}>
        <strong>What to do</strong>
        <p className={classes['text']}>{alarm.guidance}</p>
      </div>
      <Acknowledge alarm={alarm} />
      <dl className={classes['facts']}>
        <dt>Value</dt><dd>{alarmNumber(alarm.value, alarm.tag)}</dd>
        <dt>Limit</dt><dd>{alarmNumber(alarm.limit, alarm.tag)}</dd>
        <dt>Unit</dt><dd>{alarm.unit ? <Link to={`/units/${alarm.unit.key}${alarm.tag ? `?tags=${alarm.tag.key}` : ''}`}>{alarm.unit.name}</Link> : 'the whole plant'}</dd>
        <dt>Raised</dt><dd>{formatTime(alarm.raisedAt)} plant time</dd>
        <dt>Annunciated</dt><dd>{formatTime(alarm.annunciatedAt)}{alarm.annunciatedAt ? ` (${formatAge(now - Date.parse(alarm.annunciatedAt))} ago)` : ''}</dd>
        {alarm.acknowledgedBy ? <><dt>Acknowledged</dt><dd>by {alarm.acknowledgedBy}, {formatTime(alarm.acknowledgedAt)}</dd></> : null}
        {alarm.comment ? <><dt>Comment</dt><dd>{alarm.comment}</dd></> : null}
      </dl>
      {alarm.tag ? <Link to={`/trends?tags=${alarm.tag.key}&from=-1h&to=now`}>Show the trend</Link> : <Link to="/detectors">Show the detectors</Link>}
      <section className={classes['section']}><h3>Cause</h3><p className={classes['text']}>{alarm.cause}</p></section>
      <section className={classes['section']}><h3>If nobody acts</h3><p className={classes['text']}>{alarm.consequence}</p></section>
      {alarm.contributions.length > 1 ? <section className={classes['section']}><h3>Contributions</h3><Contributions shares={alarm.contributions} /></section> : null}
      <History entries={alarm.history} />
    </Stack>
  );
}

function Acknowledge({ alarm }: { alarm: Detail }) {
  const permission = usePermission('alarm:acknowledge');
  const order = useAcknowledge();
  const [comment, setComment] = useState('');
  if (!owesAcknowledgement[alarm.state]) return null;
  return (
    <div>
      <Refusals refusals={order.refusals} retry={order.retry} onClose={order.forget} />
      <Textarea label="Comment" placeholder="Optional" autosize minRows={1} maxLength={1000} mb="xs" value={comment} onChange={(e) => setComment(e.currentTarget.value)} disabled={!permission.allowed} />
      <GuardedButton permission={permission} loading={order.busy} onClick={() => void order.acknowledge([alarm], comment)}>Acknowledge</GuardedButton>
    </div>
  );
}

function History({ entries }: { entries: Detail['history'] }) {
  return (
    <section className={classes['section']}>
      <h3>History</h3>
      {entries.length === 0 ? <p className={classes['text']}>Nothing is recorded yet.</p> : null}
      {entries.map((entry) => (
        <div key={entry.id} className={classes['entry']}>
          <strong>{transitionNames[entry.kind]}</strong> {formatTime(entry.wallTime)}{entry.by ? ` by ${entry.by}` : ''}
          <div className={classes['dim']}>{alarmStates[entry.from].name} → {alarmStates[entry.to].name}; {formatTime(entry.sourceTime)} plant time</div>
          {entry.comment ? <div>{entry.comment}</div> : null}
        </div>
      ))}
    </section>
  );
}
