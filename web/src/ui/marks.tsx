import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

import type { AlarmState, DetectorStatus, Health, Quality, Severity, SourceState } from '@/api/generated/graphql';

import classes from './marks.module.css';

/**
 * How each severity and state is drawn and named. Never by colour alone: shape and letter say the same. A new value in the
 * schema does not compile until it is drawn here.
 */
export const severities: Record<Severity, { letter: string; name: string; colour: string; ink: string; shape: string }> = {
  CRITICAL: { letter: 'C', name: 'Critical', colour: 'var(--tep-critical)', ink: '#fff', shape: 'M6 1h8l5 5v8l-5 5H6l-5-5V6z' },
  HIGH: { letter: 'H', name: 'High', colour: 'var(--tep-high)', ink: '#1b1200', shape: 'M10 0.8 19.6 18.6H0.4z' },
  MEDIUM: { letter: 'M', name: 'Medium', colour: 'var(--tep-medium)', ink: '#1b1600', shape: 'M2 2h16v16H2z' },
  LOW: { letter: 'L', name: 'Low', colour: 'var(--tep-low)', ink: '#fff', shape: 'M10 1a9 9 0 1 1 0 18 9 9 0 1 1 0-18z' },
};

export const severityOrder: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

export const alarmStates: Record<AlarmState, { name: string; explanation: string; flashes: boolean }> = {
  NORMAL: { name: 'Normal', explanation: 'Nothing to tell.', flashes: false },
  UNACKNOWLEDGED: { name: 'Unacknowledged', explanation: 'The condition holds and nobody has taken notice.', flashes: true },
  ACKNOWLEDGED: { name: 'Acknowledged', explanation: 'The condition holds and somebody has taken notice.', flashes: false },
  RTN_UNACKNOWLEDGED: { name: 'Returned, unacknowledged', explanation: 'The condition is over and nobody has taken notice.', flashes: true },
  LATCHED_UNACKNOWLEDGED: { name: 'Latched, unacknowledged', explanation: 'Over, latched, and nobody has taken notice.', flashes: true },
  LATCHED_ACKNOWLEDGED: { name: 'Latched, acknowledged', explanation: 'Over, latched, and waits for a reset.', flashes: false },
  SHELVED: { name: 'Shelved', explanation: 'Put aside for a limited time.', flashes: false },
  SUPPRESSED: { name: 'Suppressed', explanation: 'Suppressed by a design rule.', flashes: false },
  OUT_OF_SERVICE: { name: 'Out of service', explanation: 'Taken out of service by maintenance.', flashes: false },
};

export const qualities: Record<Quality, { letter: string; name: string; explanation: string }> = {
  GOOD: { letter: '', name: 'Good', explanation: 'A good value.' },
  UNCERTAIN: { letter: '?', name: 'Uncertain', explanation: 'The value may be wrong.' },
  BAD: { letter: '✕', name: 'Bad', explanation: 'The instrument gives no usable value.' },
  STALE: { letter: '◷', name: 'Stale', explanation: 'No new value has come for too long.' },
};

export const healths: Record<Health, { glyph: string; name: string; tone: Tone }> = {
  STARTING: { glyph: '◌', name: 'Starting', tone: 'dim' },
  RUNNING: { glyph: '●', name: 'Running', tone: 'plain' },
  DEGRADED: { glyph: '◐', name: 'Degraded', tone: 'attention' },
  STOPPED: { glyph: '■', name: 'Stopped', tone: 'bad' },
  PAUSED: { glyph: '‖', name: 'Paused', tone: 'attention' },
  FINISHED: { glyph: '✓', name: 'Finished', tone: 'dim' },
};

export const sourceStates: Record<SourceState, { name: string; tone: Tone }> = {
  RUNNING: { name: 'Running', tone: 'plain' },
  PAUSED: { name: 'Paused', tone: 'attention' },
  SHUT_DOWN: { name: 'Shut down', tone: 'bad' },
  ENDED: { name: 'Ended', tone: 'attention' },
  SILENT: { name: 'Silent', tone: 'bad' },
};

export const detectorStates: Record<DetectorStatus, { glyph: string; name: string; tone: Tone }> = {
  UNTRAINED: { glyph: '○', name: 'Untrained', tone: 'dim' },
  WARMING_UP: { glyph: '◌', name: 'Warming up', tone: 'dim' },
  NORMAL: { glyph: '●', name: 'Normal', tone: 'plain' },
  ALARM: { glyph: '▲', name: 'Alarm', tone: 'bad' },
  BLIND: { glyph: '⊘', name: 'Blind', tone: 'attention' },
  ABSENT: { glyph: '‖', name: 'Not there', tone: 'attention' },
};

export type Tone = 'plain' | 'dim' | 'attention' | 'bad';

export function SeverityShape({ severity, x, y, size }: { severity: Severity; x?: number; y?: number; size: number }) {
  const { shape, colour, letter, ink } = severities[severity];
  return (
    <svg x={x} y={y} width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" className={classes['shape']}>
      <path d={shape} fill={colour} />
      <text x="10" y={severity === 'HIGH' ? 16.4 : 14.4} textAnchor="middle" fontSize="12" fontWeight="700" fill={ink}>
        {letter}
      </text>
    </svg>
  );
}

export function SeverityMark({ severity, size = 20, withName = false, flashing = false }: { severity: Severity; size?: number; withName?: boolean; flashing?: boolean }) {
  const { name } = severities[severity];
  return (
    <span className={classes['mark']} title={`Severity ${name.toLowerCase()}`}>
      <span className={flashing ? 'tep-flash' : undefined}>
        <SeverityShape severity={severity} size={size} />
      </span>
      {withName ? <span>{name}</span> : <VisuallyHidden>{name}</VisuallyHidden>}
    </span>
  );
}

export function QualityMark({ quality }: { quality: Quality }) {
  if (quality === 'GOOD') return null;
  const { letter, name, explanation } = qualities[quality];
  return (
    <span className={classes['quality']} title={`${name}: ${explanation}`} role="img" aria-label={`quality ${name.toLowerCase()}`}>
      {letter}
    </span>
  );
}

export function ToneLabel({ tone, glyph, title, children }: { tone: Tone; glyph?: string; title?: string | undefined; children: ReactNode }) {
  return (
    <span className={classes['tone']} data-tone={tone} title={title}>
      {glyph ? <span aria-hidden="true">{glyph} </span> : null}
      {children}
    </span>
  );
}
