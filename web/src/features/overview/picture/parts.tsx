import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { usePlant } from '@/api/plant';
import { formatTag, formatValue } from '@/lib/format';
import { useLive } from '@/stores/live';
import { fraction, normalBand } from '@/ui/live';
import { healths, qualities, SeverityShape, severities } from '@/ui/marks';

import { describe, useTagAlarm, useUnitState } from '../unit-state';
import classes from './picture.module.css';

/** The parts of which a process picture is made. All measures are in units of the picture's own grid. */

export const INSTRUMENT_WIDTH = 124;
const INSTRUMENT_HEIGHT = 46;

/** The unit that a percentage or a temperature is written with, short enough for a picture. */
function shortUnit(unit: string): string {
  return unit.replace(' gauge', ' g');
}

const VALUE_SIZE = 17;
/** Widths: of a digit of a value in bold, in ems, and of a letter of its unit, most of them narrow, in sizes of the style sheet. */
const DIGIT_EM = 0.66;
const UNIT_LETTER = 6.6;
const WIDE_LETTER = 10.4;
const MARK_WIDTH = 20;

/** The size at which a value fits into its box with its unit, and with the mark of its quality when it has one. */
export function valueSize(text: string, unit: string, marked: boolean): number {
  const ofUnit = Array.from(unit).reduce((width, letter) => width + ('mMW%'.includes(letter) ? WIDE_LETTER : UNIT_LETTER), 0);
  const left = INSTRUMENT_WIDTH - 12 - 4 - ofUnit - (marked ? MARK_WIDTH : 0);
  return Math.min(VALUE_SIZE, Math.floor((left / (Math.max(1, text.length) * DIGIT_EM)) * 2) / 2);
}

export function Instrument({ tag: key, label, x, y }: { tag: string; label: string; x: number; y: number }) {
  const tag = usePlant().tag(key);
  const shown = useLive((s) => s.values[key]);
  const { severity, flashing, active } = useTagAlarm(key);
  if (!tag) return null;
  const bar = { low: tag.rangeLow, high: tag.rangeHigh, limits: tag.limits };
  const [from, to] = normalBand(bar);
  const inner = INSTRUMENT_WIDTH - 12;
  const text = formatValue(shown?.value, tag.resolution);
  const quality = shown?.quality ?? 'STALE';
  const unit = shortUnit(tag.unitOfMeasure);
  const spoken = `${tag.name}: ${text} ${tag.unitOfMeasure}, ${qualities[quality].name.toLowerCase()}${severity ? `, ${severities[severity].name.toLowerCase()} alarm${active ? '' : ', over'}` : ''}`;
  return (
    <Link to={`/units/${tag.unit.key}?tags=${key}`} aria-label={spoken} className={classes['link']}>
      <g transform={`translate(${x} ${y})`} className="tep-live">
        <title>{`${formatTag(key)} · ${tag.name}\n${qualities[quality].explanation}`}</title>
        <rect width={INSTRUMENT_WIDTH} height={INSTRUMENT_HEIGHT} rx="3" className={classes['box']} />
        {severity ? (
          <rect width={INSTRUMENT_WIDTH} height={INSTRUMENT_HEIGHT} rx="3" fill="none" stroke={severities[severity].colour} strokeWidth="3" strokeDasharray={active ? undefined : '7 4'} className={flashing ? 'tep-flash' : undefined} />
        ) : null}
        <text x="6" y="13" className={classes['label']}>{label}</text>
        <text x="6" y="32" className={classes['value']} style={{ fontSize: valueSize(text, unit, quality !== 'GOOD') }} data-usable={quality === 'GOOD' || undefined}>
          {text}
          <tspan className={classes['unit']} dx="4">{unit}</tspan>
          {quality === 'GOOD' ? null : <tspan className={classes['quality']} dx="5">{qualities[quality].letter}</tspan>}
        </text>
        <g transform="translate(6 38)">
          <rect width={inner} height="4" className={classes['range']} />
          <rect x={from * inner} width={Math.max(0, to - from) * inner} height="4" className={classes['band']} />
          {shown?.value == null ? null : <rect x={fraction(shown.value, bar.low, bar.high) * inner - 1.5} y="-2" width="3" height="8" className={classes['pointer']} />}
        </g>
        {severity ? <SeverityShape severity={severity} x={INSTRUMENT_WIDTH - 14} y={-6} size={20} /> : null}
      </g>
    </Link>
  );
}

/** A valve with its opening. */
export function Valve({ tag: key, x, y, text = 'below' }: { tag: string; x: number; y: number; text?: 'below' | 'right' | 'above' }) {
  const tag = usePlant().tag(key);
  const shown = useLive((s) => s.values[key]);
  if (!tag) return null;
  const opening = formatValue(shown?.value, Math.max(0.1, tag.resolution));
  const place = { below: { x: 0, y: 25, anchor: 'middle' }, above: { x: 0, y: -15, anchor: 'middle' }, right: { x: 14, y: 5, anchor: 'start' } } as const;
  const at = place[text];
  const quality = shown?.quality ?? 'STALE';
  return (
    <Link to={`/units/${tag.unit.key}?tags=${key}`} aria-label={`${tag.name}: ${opening} ${tag.unitOfMeasure}`} className={classes['link']}>
      <g transform={`translate(${x} ${y})`} className="tep-live">
        <title>{`${formatTag(key)} · ${tag.name}`}</title>
        <rect x="-16" y="-14" width="32" height="28" fill="transparent" />
        <path d={text === 'right' ? 'M-8-11H8L-8 11H8z' : 'M-11-8V8L11-8V8z'} className={classes['valve']} />
        <text x={at.x} y={at.y} textAnchor={at.anchor} className={classes['opening']} data-usable={quality === 'GOOD' || undefined}>
          {opening} {tag.unitOfMeasure}
        </text>
      </g>
    </Link>
  );
}

/** The motor of a stirrer, with its speed. */
export function Motor({ tag: key, x, y }: { tag: string; x: number; y: number }) {
  const tag = usePlant().tag(key);
  const shown = useLive((s) => s.values[key]);
  if (!tag) return null;
  const speed = formatValue(shown?.value, Math.max(0.1, tag.resolution));
  return (
    <Link to={`/units/${tag.unit.key}?tags=${key}`} aria-label={`${tag.name}: ${speed} ${tag.unitOfMeasure}`} className={classes['link']}>
      <g transform={`translate(${x} ${y})`} className="tep-live">
        <title>{`${formatTag(key)} · ${tag.name}`}</title>
        <circle r="11" className={classes['valve']} />
        <text y="4" textAnchor="middle" className={classes['streamNumber']}>M</text>
        <text x="-16" y="4" textAnchor="end" className={classes['opening']} data-usable={shown?.quality === 'GOOD' || undefined}>{speed} {tag.unitOfMeasure}</text>
      </g>
    </Link>
  );
}

export function Pipe({ d, thin = false, arrow = true }: { d: string; thin?: boolean; arrow?: boolean }) {
  return <path d={d} className={classes['pipe']} data-thin={thin || undefined} markerEnd={arrow ? 'url(#flow)' : undefined} />;
}

/** The number of a stream, as on the flowsheet. */
export function StreamNumber({ n, x, y, children }: { n: number; x: number; y: number; children?: string }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <title>{`Stream ${n}${children ? `: ${children}` : ''}`}</title>
      <path d="M0-12 12 0 0 12-12 0z" className={classes['stream']} />
      <text y="4" textAnchor="middle" className={classes['streamNumber']}>{n}</text>
    </g>
  );
}

export function Caption({ x, y, anchor = 'start', children }: { x: number; y: number; anchor?: 'start' | 'middle' | 'end'; children: ReactNode }) {
  return <text x={x} y={y} textAnchor={anchor} className={classes['caption']}>{children}</text>;
}

/** A vessel with its liquid at the measured level. */
export function Vessel({ unit, level, x, y, width, height, children }: { unit: string; level: string; x: number; y: number; width: number; height: number; children?: ReactNode }) {
  const plant = usePlant();
  const shown = useLive((s) => s.values[level]);
  const tag = plant.tag(level);
  const r = Math.min(width / 2, 34);
  const outline = `M0 ${r}a${width / 2} ${r} 0 0 1 ${width} 0V${height - r}a${width / 2} ${r} 0 0 1 ${-width} 0z`;
  const share = tag && shown?.value != null ? fraction(shown.value, tag.rangeLow, tag.rangeHigh) : 0;
  const name = plant.unit(unit)?.name ?? unit;
  return (
    <Link to={`/units/${unit}`} aria-label={`Open ${name}`} className={classes['link']}>
      <g transform={`translate(${x} ${y})`}>
        <title>{name}</title>
        <clipPath id={`vessel-${unit}`}><path d={outline} /></clipPath>
        <path d={outline} className={classes['vessel']} />
        <rect x="0" y={height * (1 - share)} width={width} height={height * share} clipPath={`url(#vessel-${unit})`} className={`tep-live ${classes['liquid']}`} />
        {children}
        <path d={outline} className={classes['outline']} />
      </g>
    </Link>
  );
}

/** The name of a unit and its state, by colour, shape and text. */
export function UnitSign({ unit, x, y }: { unit: string; x: number; y: number }) {
  const found = usePlant().unit(unit);
  const state = useUnitState(unit);
  if (!found) return null;
  const health = healths[state.health];
  const troubled = state.health === 'DEGRADED' || state.health === 'STOPPED' || state.health === 'PAUSED';
  const alarmed = state.severity !== null;
  const line = describe(state);
  return (
    <Link to={`/units/${unit}`} aria-label={`${found.name}: ${line}${alarmed && state.health !== 'RUNNING' ? `, ${health.name}` : ''}`} className={classes['link']}>
      <g transform={`translate(${x} ${y})`} className="tep-live">
        <title>{state.reason ?? found.description}</title>
        <rect x="-4" y="-16" width="132" height="42" fill="transparent" />
        <text className={classes['unitName']}>{found.name}</text>
        {state.severity ? <g className={state.unacknowledged > 0 ? 'tep-flash' : undefined}><SeverityShape severity={state.severity} y={6} size={16} /></g> : null}
        {!alarmed || troubled ? (
          <text x={alarmed ? 104 : 0} y="19" className={classes['health']} data-health={state.health}>{health.glyph}</text>
        ) : null}
        <text x={alarmed ? 22 : 16} y="19" className={classes['unitState']} data-alarmed={alarmed || undefined} data-health={state.health}>{line}</text>
      </g>
    </Link>
  );
}
