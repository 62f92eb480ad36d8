import { Progress } from '@mantine/core';

import type { DetectorStatus, ModelPartsFragment, TrainingJobPartsFragment } from '@/api/generated/graphql';
import { formatAge, formatPercent, formatStatistic, formatTag, formatTime } from '@/lib/format';
import type { Detector, ScorePoint } from '@/stores/detectors';
import { Contributions } from '@/ui/Contributions';
import { detectorStates, ToneLabel } from '@/ui/marks';
import { Empty, Panel } from '@/ui/page';

import classes from './detectors.module.css';
import { ModelsPanel, type Permissions } from './ModelsPanel';
import { chartNames, ScoreChart, type Scale } from './ScoreChart';
import { ShareBars } from './ShareBars';
import type { ModelOrders } from './use-model-orders';
import { drifts } from './words';

/** What each status means to somebody who has to decide whether to rely on it. */
const meanings: Record<DetectorStatus, string> = {
  UNTRAINED: 'It has no model yet and cannot tell normal from abnormal.',
  WARMING_UP: 'It has a model but too few samples in a row. It says neither normal nor alarm.',
  NORMAL: 'The plant looks as it did when the model was trained.',
  ALARM: 'The plant looks unlike normal operation, confirmed over several samples.',
  BLIND: 'A tag that it needs is not usable, so it cannot judge.',
  ABSENT: 'It is paused, or was left out after it failed too often. It says nothing; the supervision page says why.',
};

interface Props {
  detector: Detector;
  tags: readonly { key: string; name: string }[];
  points: readonly ScorePoint[];
  shadowPoints: readonly ScorePoint[];
  scale: Scale;
  models?: readonly ModelPartsFragment[];
  jobs?: readonly TrainingJobPartsFragment[];
  registry?: string | null;
  orders: ModelOrders;
  may: Permissions;
}

export function DetectorPanel({ detector, tags, points, shadowPoints, scale, models = [], jobs = [], registry = null, orders, may }: Props) {
  const { name, glyph, tone } = detectorStates[detector.status];
  // Those of the model in use come first; those of the one before stand for as long as the axis shows them.
  const drawn = [...new Set(points.flatMap((p) => Object.keys(p.limits)))];
  const used = detector.verdict?.scores.map((s) => s.chart) ?? [];
  const charts = used.length > 0 ? [...drawn.filter((chart) => used.includes(chart)), ...used.filter((chart) => !drawn.includes(chart))] : drawn;
  const earlier = drawn.filter((chart) => !charts.includes(chart));
  // The model in the shadow may be of another method, with charts of its own.
  const beside = [...new Set(shadowPoints.flatMap((p) => Object.keys(p.limits)))].filter((chart) => !drawn.includes(chart) && !charts.includes(chart));
  // What the plant file lets advise is advice; another chart that does not decide is there to compare with.
  const advises = (chart: string) => detector.advisory.includes(chart);
  const advising = detector.verdict?.scores.filter((s) => s.role === 'ADVISING' && advises(s.chart)).map((s) => chartNames[s.chart] ?? s.chart) ?? [];
  const undecided = new Set(detector.verdict?.scores.filter((s) => s.role !== 'DECIDING').map((s) => s.chart) ?? detector.advisory);
  const role = (chart: string) => (!undecided.has(chart) ? 'deciding' : advises(chart) ? 'advisory' : 'compared');
  return (
    <Panel
      label={detector.name}
      title={detector.name}
      aside={<span className="tep-live"><ToneLabel tone={tone} glyph={glyph}>{name}</ToneLabel>{detector.statusDetail ? <span className={classes['detail']}> {detector.statusDetail}</span> : null}</span>}
    >
      <p className={classes['meaning']}>{meanings[detector.status]}</p>
      {advising.length > 0 && detector.status !== 'ALARM' ? <p className={classes['advice']}><ToneLabel tone="attention" glyph="△">Advisory: {advising.join(', ')} beyond the limit</ToneLabel> Small shifts look like this, a new feed as well as a beginning fault. No alarm is raised.</p> : null}
      {detector.training ? <Training {...detector.training} /> : null}
      <div className={classes['columns']}>
        <div className={classes['charts']}>
          {charts.map((chart) => <ScoreChart key={chart} chart={chart} points={points} shadowPoints={shadowPoints} role={role(chart)} scale={scale} periodMs={detector.samplePeriodSeconds * 1000} />)}
          {beside.map((chart) => <ScoreChart key={`shadow ${chart}`} chart={chart} points={shadowPoints} role="shadow" scale={scale} periodMs={detector.samplePeriodSeconds * 1000} />)}
          {earlier.map((chart) => <ScoreChart key={`earlier ${chart}`} chart={chart} points={points} role="earlier" scale={scale} periodMs={detector.samplePeriodSeconds * 1000} />)}
          {charts.length === 0 ? <Empty>There are no scores yet.</Empty> : null}
          <ShareBars points={points} periodMs={detector.samplePeriodSeconds * 1000} />
        </div>
        <div className={classes['side']}>
          <Verdict detector={detector} />
          <Model detector={detector} tags={tags} method={models.find((m) => m.key === detector.modelKey)?.method ?? detector.method} />
          <Shadow detector={detector} />
        </div>
      </div>
      <ModelsPanel detector={detector} models={models} jobs={jobs} registry={registry} orders={orders} may={may} />
    </Panel>
  );
}

/** How the model in the shadow compares with the one in use. */
function Shadow({ detector: { shadow } }: { detector: Detector }) {
  if (!shadow) return null;
  const { name, glyph, tone } = detectorStates[shadow.status];
  const { samples, both, activeAlone, shadowAlone } = shadow.agreement;
  return (
    <section aria-label="Shadow">
      <h3 className={classes['heading']}>In the shadow</h3>
      <dl className={classes['facts']}>
        <dt>Version</dt><dd>{shadow.version}</dd>
        <dt>Says</dt><dd className="tep-live"><ToneLabel tone={tone} glyph={glyph}>{name}</ToneLabel>, and raises nothing</dd>
        <dt>Both judged</dt><dd>{samples} samples: {both} in alarm by both, {activeAlone} by the one in use alone, {shadowAlone} by the shadow alone</dd>
        <dt>Drift</dt><dd>{drifts[shadow.drift.status].name}, {shadow.drift.detail}</dd>
        {shadow.verdict?.scores.map(({ chart, statistic, limit }) => <Score key={chart} chart={chart} statistic={statistic} limit={limit} />)}
      </dl>
    </section>
  );
}

function Training({ done, total, stage }: { done: number; total: number; stage: string }) {
  const share = total > 0 ? done / total : 0;
  return (
    <div className={classes['training']}>
      <span>Training: {stage}, {done} of {total}</span>
      <Progress value={share * 100} aria-label={`Training, ${formatPercent(share)}`} />
    </div>
  );
}

function Verdict({ detector: { verdict } }: { detector: Detector }) {
  if (!verdict || verdict.contributions.length === 0) return null;
  return (
    <section>
      <h3 className={classes['heading']}>Contributions at {formatTime(verdict.sourceTime)}</h3>
      <div className="tep-live"><Contributions shares={verdict.contributions} /></div>
    </section>
  );
}

function Model({ detector, tags, method }: { detector: Detector; tags: Props['tags']; method: string }) {
  const rate = detector.measuredFalseAlarmRate;
  return (
    <section>
      <h3 className={classes['heading']}>Model</h3>
      <dl className={classes['facts']}>
        <dt>Method</dt><dd>{method.toUpperCase()}</dd>
        <dt>Version</dt><dd>{detector.modelVersion ?? 'none yet'}</dd>
        <dt>Trained</dt><dd>{formatTime(detector.modelTrainedAt)}</dd>
        <dt>From</dt><dd>{detector.modelSource ?? '–'}{detector.modelSamples == null ? '' : `, ${detector.modelSamples} samples`}</dd>
        <dt>False alarms</dt><dd>{rate == null ? '–' : `${formatPercent(rate, 2)} of normal samples, measured`}</dd>
        <dt>Put to use by</dt><dd>{detector.modelDecidedBy ?? '–'}</dd>
        <dt>Drift</dt><dd>{detector.drift ? <ToneLabel tone={drifts[detector.drift.status].tone}>{drifts[detector.drift.status].name}, {detector.drift.detail}</ToneLabel> : '–'}</dd>
        <dt>Samples every</dt><dd>{formatAge(detector.samplePeriodSeconds * 1000)} of plant time</dd>
        <dt>Confirms after</dt><dd>{detector.confirmAfter} samples in a row</dd>
        {detector.verdict?.scores.map(({ chart, statistic, limit }) => (
          <Score key={chart} chart={chart} statistic={statistic} limit={limit} />
        ))}
        {tags.length > 0 ? <><dt>Looks at</dt><dd><details><summary>{tags.length} tags</summary>{tags.map((t) => formatTag(t.key)).join(', ')}</details></dd></> : null}
      </dl>
    </section>
  );
}

function Score({ chart, statistic, limit }: { chart: string; statistic: number; limit: number }) {
  return (
    <>
      <dt>{chartNames[chart] ?? chart}</dt>
      <dd className="tep-live">{formatStatistic(statistic)} (limit {formatStatistic(limit)})</dd>
    </>
  );
}

