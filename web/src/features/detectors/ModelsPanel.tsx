import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';

import type { ModelPartsFragment, ModelState, TrainingJobPartsFragment } from '@/api/generated/graphql';
import type { Permission } from '@/api/use-permission';
import { formatPercent, formatStatistic, formatTime } from '@/lib/format';
import type { Detector } from '@/stores/detectors';
import { GuardedButton } from '@/ui/guarded';
import { ToneLabel } from '@/ui/marks';
import { Empty, Problem } from '@/ui/page';

import classes from './detectors.module.css';
import { chartNames } from './ScoreChart';
import { TrainDialog } from './TrainDialog';
import type { ModelOrders } from './use-model-orders';
import { jobStates, modelStates, origins } from './words';

export interface Permissions {
  train: Permission;
  promote: Permission;
}

/** Something that a person is about to order, and that wants a reason. */
interface Intent {
  title: string;
  effect: string;
  verb: string;
  send: (reason: string) => void;
}

interface Props {
  detector: Detector;
  models: readonly ModelPartsFragment[];
  jobs: readonly TrainingJobPartsFragment[];
  /** Where models are published to and fetched from; null: nowhere. */
  registry: string | null;
  orders: ModelOrders;
  may: Permissions;
}

/** The models of a detector, what is decided about them, and the trainings that make them. */
export function ModelsPanel({ detector, models, jobs, registry, orders, may }: Props) {
  const [intent, setIntent] = useState<Intent | null>(null);
  const [training, setTraining] = useState(false);
  const earlier = models.filter((m) => m.state === 'RETIRED' && m.activatedAt !== null).sort((a, b) => Date.parse(b.activatedAt ?? '') - Date.parse(a.activatedAt ?? ''))[0];
  const promote = (model: ModelPartsFragment, to: ModelState, verb: string, effect: string) =>
    setIntent({ title: `${verb} ${model.version}`, effect, verb, send: (reason) => orders.promote(model.key, to, reason) });
  return (
    <section aria-label={`Models of ${detector.name}`}>
      <Group justify="space-between" align="center" className={classes['bar'] ?? ''}>
        <h3 className={classes['heading']}>Models</h3>
        <Group gap={8}>
          <GuardedButton size="compact-xs" permission={may.train} disabled={orders.busy} onClick={() => setTraining(true)}>Train…</GuardedButton>
          {registry === null ? null : (
            <GuardedButton size="compact-xs" variant="default" permission={may.promote} disabled={orders.busy} onClick={() => setIntent({
              title: 'Fetch the approved model', verb: 'Fetch', send: (reason) => orders.pull(detector.key, reason),
              effect: `The version with the alias approved comes from ${registry}, is held against its hash, and stands here as staged.`,
            })}>Fetch approved…</GuardedButton>
          )}
          {earlier ? (
            <GuardedButton size="compact-xs" variant="default" permission={may.promote} disabled={orders.busy} onClick={() => setIntent({
              title: `Roll back to ${earlier.version}`, verb: 'Roll back', send: (reason) => orders.rollBack(detector.key, reason),
              effect: `${earlier.version}, in use before, judges the next sample; ${detector.modelVersion ?? 'the present one'} is retired. No sample is lost.`,
            })}>Roll back…</GuardedButton>
          ) : null}
        </Group>
      </Group>
      <Problem>{orders.refusal}</Problem>
      {models.length === 0 ? <Empty>There is no model yet.</Empty> : (
        <div className={classes['scroll']}>
          <table className={classes['table']}>
            <thead>
              <tr>
                <th scope="col">State</th><th scope="col">Version</th><th scope="col">Trained on</th><th scope="col">False alarms</th><th scope="col">Made by</th><th scope="col">Decided</th><th scope="col" aria-label="Orders" />
              </tr>
            </thead>
            <tbody>{models.map((model) => <Row key={model.key} model={model} may={may.promote} busy={orders.busy} promote={promote} publish={registry === null ? null : () => setIntent({
              title: `Publish ${model.version}`, verb: 'Publish', effect: `It goes to ${registry} with its metrics, as a new version there.`, send: (reason) => orders.publish(model.key, reason),
            })} retire={() => setIntent({
              title: `Retire ${model.version}`, verb: 'Retire', effect: 'It judges nothing any more. It is kept, and may be put to use again.', send: (reason) => orders.retire(model.key, reason),
            })} />)}</tbody>
          </table>
        </div>
      )}
      <Jobs jobs={jobs} detector={detector} may={may.train} busy={orders.busy} cancel={(job) => setIntent({
        title: 'Cancel the training', verb: 'Stop the training', effect: 'It ends at its next step, and there is no model of it.', send: (reason) => orders.cancel(job.key, reason),
      })} />
      <ReasonDialog intent={intent} onClose={() => setIntent(null)} />
      <TrainDialog opened={training} detector={detector} onClose={() => setTraining(false)} onSend={orders.train} />
    </section>
  );
}

interface RowProps {
  model: ModelPartsFragment;
  may: Permission;
  busy: boolean;
  promote: (model: ModelPartsFragment, to: ModelState, verb: string, effect: string) => void;
  retire: () => void;
  publish: (() => void) | null;
}

function Row({ model, may, busy, promote, retire, publish }: RowProps) {
  const { name, glyph, tone, meaning } = modelStates[model.state];
  const rate = model.measuredFalseAlarmRate;
  const button = (label: string, onClick: () => void) => (
    <GuardedButton key={label} size="compact-xs" variant="default" permission={may} disabled={busy} aria-label={`${label} ${model.version}`} onClick={onClick}>{label}</GuardedButton>
  );
  const { state } = model;
  return (
    <tr>
      <td><ToneLabel tone={tone} glyph={glyph} title={meaning}>{name}</ToneLabel></td>
      <td>
        <details>
          <summary className={classes['version']}>{model.version}</summary>
          <Artefact model={model} />
        </details>
        {model.damage === null ? null : <ToneLabel tone="bad" glyph="✕">{model.damage}</ToneLabel>}
      </td>
      <td>{model.source}, {model.samples} samples<div className={classes['dim']}>{formatTime(model.trainedAt)}</div></td>
      <td>{rate === null ? '–' : formatPercent(rate, 2)}</td>
      <td>{model.createdBy ?? '–'}</td>
      <td>{model.decidedBy === null ? '–' : <>{model.decidedBy}, {formatTime(model.decidedAt)}<div className={classes['dim']}>{model.decision}</div></>}</td>
      <td>
        <Group gap={4} wrap="nowrap">
          {state === 'STAGED' || state === 'SHADOW' || state === 'RETIRED'
            ? button('Promote', () => promote(model, 'ACTIVE', 'Promote', 'It judges the next sample, and its alarm counts; the one in use is retired. No sample is lost, and you can roll back.')) : null}
          {state === 'STAGED' || state === 'RETIRED'
            ? button('Shadow', () => promote(model, 'SHADOW', 'Put into the shadow:', 'It judges every sample beside the one in use. Its verdicts are shown and raise nothing.')) : null}
          {state === 'SHADOW' ? button('Take out', () => promote(model, 'STAGED', 'Take out of the shadow:', 'It judges nothing any more, and stays staged.')) : null}
          {state === 'STAGED' || state === 'SHADOW' ? button('Retire', retire) : null}
          {publish === null ? null : button('Publish', publish)}
        </Group>
      </td>
    </tr>
  );
}

/** What a model is made of. */
function Artefact({ model }: { model: ModelPartsFragment }) {
  return (
    <dl className={classes['facts']}>
      <dt>Method</dt><dd>{model.method?.toUpperCase() ?? '–'}</dd>
      <dt>Limits</dt>
      <dd>{model.charts.map((c) => <div key={c.chart}>{chartNames[c.chart] ?? c.chart} {formatStatistic(c.limit)}{c.decides ? '' : ', decides nothing'}</div>)}</dd>
      <dt>Data</dt><dd>{model.dataRange.length} runs: {model.dataRange.slice(0, 4).map((r) => `${r.name} (${r.rows})`).join(', ')}{model.dataRange.length > 4 ? ', …' : ''}</dd>
      <dt>Data hash</dt><dd title={model.dataHash}>{model.dataHash.slice(0, 16)}…</dd>
      <dt>Artefact</dt><dd title={model.artefactHash ?? undefined}>{model.artefactHash === null ? '–' : `${model.artefactHash.slice(0, 16)}…`}</dd>
      <dt>In use since</dt><dd>{formatTime(model.activatedAt)}</dd>
      {model.publishedAs === null ? null : <><dt>Published as</dt><dd>{model.publishedAs}</dd></>}
    </dl>
  );
}

interface JobsProps {
  jobs: readonly TrainingJobPartsFragment[];
  detector: Detector;
  may: Permission;
  busy: boolean;
  cancel: (job: TrainingJobPartsFragment) => void;
}

function Jobs({ jobs, detector, may, busy, cancel }: JobsProps) {
  if (jobs.length === 0) return null;
  const underWay = jobs.some((j) => j.state === 'QUEUED' || j.state === 'RUNNING');
  const newest = [...jobs].sort((a, b) => Date.parse(b.requestedAt) - Date.parse(a.requestedAt))[0];
  return (
    <details className={classes['jobs']} open={underWay || newest?.state === 'FAILED'}>
      <summary>{jobs.length === 1 ? '1 training' : `${jobs.length} trainings`}{newest && !underWay ? `; the last: ${jobStates[newest.state].name.toLowerCase()}` : ''}</summary>
      <ul>
        {jobs.map((job) => {
          const { name, tone } = jobStates[job.state];
          const open = job.state === 'QUEUED' || job.state === 'RUNNING';
          const progress = detector.training?.job === job.key ? detector.training : null;
          return (
            <li key={job.key}>
              <ToneLabel tone={tone}>{name}</ToneLabel>
              <span>{job.method.toUpperCase()} on {origins[job.from].toLowerCase()}{job.files.length > 0 ? ` ${job.files.join(', ')}` : ''}{job.since ? ` ${formatTime(job.since)} to ${formatTime(job.until)}` : ''}</span>
              <span className={classes['dim']}>{job.requestedBy}, {formatTime(job.requestedAt)}: {job.reason}{progress ? ` – ${progress.stage}, ${progress.done} of ${progress.total}` : ''}{job.outcome ? ` – ${job.outcome}` : ''}</span>
              {open ? <GuardedButton size="compact-xs" variant="default" permission={may} disabled={busy} onClick={() => cancel(job)}>Cancel…</GuardedButton> : null}
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function ReasonDialog({ intent, onClose }: { intent: Intent | null; onClose: () => void }) {
  return (
    <Modal opened={intent !== null} onClose={onClose} title={intent?.title ?? ''}>
      {intent ? <ReasonForm intent={intent} onClose={onClose} /> : null}
    </Modal>
  );
}

function ReasonForm({ intent, onClose }: { intent: Intent; onClose: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <Stack>
      <Text size="sm">{intent.effect}</Text>
      <Textarea label="Reason" description="It goes into the audit and stands with the model, with your name." data-autofocus autosize minRows={2} maxLength={500} required value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button disabled={reason.trim() === ''} onClick={() => { onClose(); intent.send(reason.trim()); }}>{intent.verb.replace(/:$/, '')}</Button>
      </Group>
    </Stack>
  );
}
