import type { ReactNode } from 'react';

import { formatAge, formatSpeed, formatTag, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { useConnection, type ConnectionState } from '@/stores/connection';
import { oldest, useLive } from '@/stores/live';
import { sourceStates, ToneLabel, type Tone } from '@/ui/marks';

import classes from './Shell.module.css';

const connections: Record<ConnectionState, { name: string; tone: Tone; glyph: string }> = {
  connecting: { name: 'Connecting', tone: 'dim', glyph: '◌' },
  live: { name: 'Live', tone: 'plain', glyph: '●' },
  lost: { name: 'Lost', tone: 'bad', glyph: '✕' },
};

/** An age that nobody needs to wonder about at any speed. */
const OLD_MS = 10_000;
/** Relative lag of the simulation that is worth showing. */
const SLOWER = 0.9;

/** The facts by which an operator judges whether the page can be believed. */
export function PlantStatus() {
  const source = useLive((s) => s.source);
  const at = useLive((s) => s.at);
  const connection = useConnection((s) => s.state);
  const transport = useConnection((s) => s.transport);
  const { name, tone, glyph } = connections[connection];
  const plantTime = at ?? source?.plantTime ?? null;
  return (
    <dl className={classes['stats']}>
      <Stat label="Plant time">
        <span className="tep-live tep-number">
          {formatTime(plantTime)}
          {source ? <span className={classes['dim']}> · {source.plantHours.toFixed(2)} h</span> : null}
        </span>
      </Stat>
      <Stat label="Speed ordered (achieved)">{source ? <Speed ordered={source.speed} achieved={source.achievedSpeed} running={source.state === 'RUNNING'} /> : '–'}</Stat>
      <Stat label="Source">
        {source ? <span className="tep-live"><ToneLabel tone={sourceStates[source.state].tone} title={source.message ?? undefined}>{sourceStates[source.state].name}</ToneLabel></span> : '–'}
      </Stat>
      <Stat label="Connection">
        <ToneLabel tone={tone} glyph={glyph} title={`Over ${transport}`}>{name}</ToneLabel>
      </Stat>
      <Stat label="Oldest value"><OldestValue /></Stat>
    </dl>
  );
}

function Stat({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes['stat']}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Speed({ ordered, achieved, running }: { ordered: number; achieved: number; running: boolean }) {
  const behind = running && achieved < ordered * SLOWER;
  return (
    <span className="tep-live tep-number">
      {formatSpeed(ordered)} <ToneLabel tone={behind ? 'attention' : 'dim'} title={behind ? 'The simulation is slower than ordered.' : undefined}>({formatSpeed(achieved)})</ToneLabel>
    </span>
  );
}

function OldestValue() {
  const now = useNow(500);
  const values = useLive((s) => s.values);
  const found = oldest(values, now);
  if (!found) return <span className={classes['dim']}>none yet</span>;
  return (
    <ToneLabel tone={found.ageMs > OLD_MS ? 'attention' : 'plain'} title={`${formatTag(found.tag)} has the oldest value`}>
      {formatAge(found.ageMs)}
    </ToneLabel>
  );
}
