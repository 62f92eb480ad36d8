import { Button, Group } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useMutation, useQuery } from 'urql';

import { explain } from '@/api/errors';
import { ExplainAlarmDocument, ModelsThereDocument, WhyAlarmDocument, type AlarmExplanationPartsFragment, type ExplanationPartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { SeverityMark } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import { Compare } from './Compare';
import { Evidence } from './Evidence';
import { Explained } from './Explained';
import classes from './explanations.module.css';
import { Questions } from './Questions';
import type { Mark } from './use-mark';
import { useProgress, type Progress } from './use-progress';

/** Why one occurrence of an alarm came: what is computed from its evidence, what models make of it, and the evidence itself. */
export function WhyPage() {
  const [search] = useSearchParams();
  const [alarm, occurrence] = [search.get('alarm'), search.get('occurrence')];
  if (!alarm || !occurrence) {
    return <Page title="Why an alarm came"><Empty>Open an alarm and follow “Why did it come?”.</Empty></Page>;
  }
  return <Why key={occurrence} alarm={alarm} occurrence={occurrence} />;
}

function Why({ alarm, occurrence }: { alarm: string; occurrence: string }) {
  const variables = useMemo(() => ({ alarm, occurrenceId: occurrence }), [alarm, occurrence]);
  const [{ data, error }, read] = useQuery({ query: WhyAlarmDocument, variables, requestPolicy: 'cache-and-network' });
  const [{ data: models }] = useQuery({ query: ModelsThereDocument });
  const [following, setFollowing] = useState(0);
  const progress = useProgress(occurrence, following);
  const [explaining, order] = useMutation(ExplainAlarmDocument);
  const [refusal, setRefusal] = useState<string | null>(null);
  const permission = usePermission('explanation:request');
  const over = progress?.over ?? false;
  const newest = progress?.written?.key ?? progress?.computed?.key ?? null;
  useEffect(() => { if (over) read({ requestPolicy: 'network-only' }); }, [over, newest, read]);

  const ask = (afresh: boolean, withModel: boolean) => {
    setRefusal(null);
    void order({ input: { alarm, occurrenceId: occurrence, afresh, withModel, idempotencyKey: uuid() } }).then(({ data: answer, error: problem }) => {
      const refused = answer?.explainAlarm.userErrors.map((e) => e.message).join(' ') ?? '';
      setRefusal(explain(problem) ?? (refused || null));
      setFollowing((n) => n + 1);
      read({ requestPolicy: 'network-only' });
    });
  };

  const known = data?.alarm;
  const kept = data?.alarmExplanation ?? null;
  const configured = models?.broker.configured ?? false;
  return (
    <Page
      title={<>Why: {known ? <><SeverityMark severity={known.severity} /> {known.title}</> : alarm}</>}
      aside={
        <Group gap="xs">
          <Button component={Link} variant="default" to={`/alarms?alarm=${encodeURIComponent(alarm)}`}>The alarm</Button>
          {kept !== null && kept.explanations.length > 0 ? <GuardedButton variant="default" permission={permission} loading={explaining.fetching} onClick={() => ask(true, configured)}>Explain anew, up to now</GuardedButton> : null}
          {configured ? <GuardedButton permission={permission} loading={explaining.fetching} onClick={() => ask(false, true)}>Ask a model</GuardedButton> : null}
        </Group>
      }
    >
      <Problem>{explain(error)}</Problem>
      <Problem>{refusal}</Problem>
      {known && known.occurrenceId !== occurrence ? <p role="status">This is about an earlier occurrence; the alarm has come again since.</p> : null}
      <Live progress={progress} />
      {data || !error ? <Body alarm={alarm} occurrence={occurrence} kept={kept} progress={progress} models={configured ? (models?.broker.providers ?? []) : []} currency={models?.broker.currency ?? ''} onChanged={() => read({ requestPolicy: 'network-only' })} onExplain={() => ask(false, false)} permission={permission} /> : null}
    </Page>
  );
}

/** What a model tells while it is at work; unchecked, and shown as such. */
function Live({ progress }: { progress: Progress | null }) {
  if (!progress) return null;
  if (progress.over) {
    return (
      <>
        {progress.failure ? <p role="status" className={classes['failure']}>No model: {progress.failure}</p> : null}
        {progress.nextLook ? <p role="status" className={classes['dim']}>Explained anew by itself at {formatTime(progress.nextLook)} plant time, as long as the alarm stands.</p> : null}
      </>
    );
  }
  return (
    <Panel title="Being explained" label="Being explained">
      <p role="status" className={classes['dim']}>{progress.asking ? `${progress.asking} writes; what stands here is not checked yet.` : 'The evidence is being frozen…'}</p>
      {progress.draft ? <p className={classes['draft']} aria-label="Draft, not checked">{progress.draft}</p> : null}
    </Panel>
  );
}

interface BodyProps {
  alarm: string;
  occurrence: string;
  kept: AlarmExplanationPartsFragment | null;
  progress: Progress | null;
  models: readonly { key: string; model: string }[];
  currency: string;
  onChanged: () => void;
  onExplain: () => void;
  permission: { allowed: boolean; reason: string | null };
}

function Body({ alarm, occurrence, kept, progress, models, currency, onChanged, onExplain, permission }: BodyProps) {
  const [marked, setMarked] = useState<Mark | null>(null);
  const mark = (key: string) => setMarked({ key });
  if (!kept) return <Empty>Reading what is known…</Empty>;
  // What has just come is newer than what was read.
  const live = [progress?.written, progress?.computed].filter((one): one is ExplanationPartsFragment => !!one && !kept.explanations.some(({ key }) => key === one.key));
  const all = [...live, ...kept.explanations];
  const newest = newestOfEach(all);
  if (newest.length === 0) {
    return (
      <Panel title="Not explained yet">
        <Empty>No evidence is kept of this occurrence.</Empty>
        <Group justify="center"><GuardedButton permission={permission} onClick={onExplain}>Explain it now</GuardedButton></Group>
      </Panel>
    );
  }
  return (
    <div className={classes['columns']}>
      <div className={classes['stack']}>
        {newest.map((explanation) => <Explained key={explanation.key} explanation={explanation} evidence={kept.evidence} currency={currency} onMark={mark} onChanged={onChanged} />)}
        <Questions alarm={alarm} occurrence={occurrence} turns={kept.turns} onChanged={onChanged} />
        {models.length > 0 ? <Compare alarm={alarm} occurrence={occurrence} models={models} evidence={kept.evidence} currency={currency} onMark={mark} onChanged={onChanged} /> : null}
        <Earlier explanations={all.filter((one) => !newest.includes(one))} evidence={kept.evidence} currency={currency} onMark={mark} onChanged={onChanged} />
      </div>
      <div className={classes['side']}><Evidence evidence={kept.evidence} marked={marked} onBack={() => setMarked(null)} /></div>
    </div>
  );
}

interface EarlierProps {
  explanations: readonly ExplanationPartsFragment[];
  evidence: AlarmExplanationPartsFragment['evidence'] | null;
  currency: string;
  onMark: (key: string) => void;
  onChanged: () => void;
}

/** How the matter looked before: what was said at the call stays readable beside what is known now, each with what it rested on. */
function Earlier({ explanations, ...rest }: EarlierProps) {
  const [open, setOpen] = useState(false);
  if (explanations.length === 0) return null;
  const count = explanations.length;
  return (
    <details className={classes['more']} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{count === 1 ? 'An earlier explanation' : `${count} earlier explanations`}, the first of {formatTime(explanations[count - 1]?.at ?? null)}</summary>
      {open ? <div className={classes['stack']}>{explanations.map((one) => <Explained key={one.key} explanation={one} {...rest} brief />)}</div> : null}
    </details>
  );
}

/** Of each explainer the newest, what is computed first: it is there before anybody is asked. */
function newestOfEach(all: readonly ExplanationPartsFragment[]): ExplanationPartsFragment[] {
  const seen = new Map<string, ExplanationPartsFragment>();
  for (const one of all) if (!seen.has(one.explainer)) seen.set(one.explainer, one);
  return [...seen.values()].sort((a, b) => Number(a.model !== null) - Number(b.model !== null));
}
