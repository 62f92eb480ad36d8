import type { AlarmExplanationPartsFragment, ExplanationPartsFragment, GroundedPartsFragment } from '@/api/generated/graphql';
import { formatTime } from '@/lib/format';
import { Panel } from '@/ui/page';

import classes from './explanations.module.css';
import { Cites, Grounded } from './Grounded';
import { Judge } from './Judge';
import { RestsOn } from './RestsOn';
import { useRestsOn } from './use-mark';

interface Props {
  explanation: ExplanationPartsFragment;
  evidence: AlarmExplanationPartsFragment['evidence'] | null;
  currency: string;
  onMark: (key: string) => void;
  onChanged: () => void;
  /** Without the form, and the rest folded up: where several stand side by side. */
  brief?: boolean;
}

/** Who explains, as a person reads it. */
export function explainerName({ explainer, model }: { explainer: string; model?: string | null }): string {
  return explainer === 'deterministic' ? 'Computed from the evidence' : `${explainer}${model ? ` (${model})` : ''}`;
}

export function Explained({ explanation, evidence, currency, onMark: onMarkNewest, onChanged, brief = false }: Props) {
  const { explainer, conclusion, summary, causes, course, checks, actions, unknown, claims, struck, cost, model, at, tookMilliseconds } = explanation;
  const older = evidence != null && evidence.hash !== explanation.evidenceHash;
  // What it cites may read otherwise in newer evidence, so it is shown as it was.
  const { folded, marked, show, back } = useRestsOn();
  const onMark = older ? show : onMarkNewest;
  const sure = explainer === 'deterministic' ? fit : ownWord;
  const lists = (
    <>
      <List title="What to do" items={actions} at={at} onMark={onMark} />
      <List title="What to check next" items={checks} at={at} onMark={onMark} />
      <List title="What happened" items={course} at={at} onMark={onMark} ordered />
      <List title="What is not known" items={unknown} at={at} onMark={onMark} />
    </>
  );
  return (
    <Panel title={explainerName(explanation)} label={explainerName(explanation)} aside={<span className={classes['dim']}>{formatTime(at)}</span>}>
      <p className={classes['summary']}><Grounded text={summary} at={at} onMark={onMark} /></p>
      {conclusion === 'SUSPECTED' ? <p className={classes['suspicion']}>A first suspicion, not a finding: look before you act on it.</p> : null}
      {causes.map((cause, place) => (
        <div key={cause.cause + String(place)} className={classes['cause']}>
          <div className={classes['causeHead']}>
            <strong>{place + 1}. {cause.name ?? (cause.cause === 'other' ? 'Another cause' : cause.cause)}</strong>
            <span className={classes['degree']} title={sure.explanation}>
              <span className={classes['bar']} role="img" aria-label={`${sure.word} ${Math.round(cause.confidence * 100)} percent`}><span style={{ width: `${Math.round(cause.confidence * 100)}%` }} /></span>
              {sure.word} {Math.round(cause.confidence * 100)} %
            </span>
          </div>
          <Grounded text={cause.statement} at={at} onMark={onMark} />
          {cause.contradicts.length > 0 ? <div className={classes['dim']}>speaks against it: <Cites cites={cause.contradicts} onMark={onMark} label="Speaks against it:" /></div> : null}
        </div>
      ))}
      {brief ? <details className={classes['more']}><summary>What to do, to check, what happened and what is not known</summary>{lists}</details> : lists}
      <p className={classes['dim']}>
        {claims} claims checked against the evidence, {struck === 0 ? 'none struck out' : <strong>{struck} struck out, since nothing in it bears {struck === 1 ? 'it' : 'them'} out</strong>}
        {model ? `; ${(tookMilliseconds / 1000).toFixed(1)} s, ${cost === 0 ? 'without cost' : `${cost.toFixed(4)} ${currency}`}` : `; ${tookMilliseconds.toFixed(1)} ms`}
        {older ? '; from evidence frozen earlier' : ''}
      </p>
      {older ? <RestsOn items={explanation.restsOn} marked={marked} folded={folded} onBack={back} /> : null}
      {brief ? null : <Judge explanation={explanation} evidence={evidence} onChanged={onChanged} />}
    </Panel>
  );
}

/** What the number beside a cause is: of what is computed a fit, of which several may be high; of a model what it says of itself. */
const fit = { word: 'fits', explanation: 'How much of what this cause does is seen. Several causes may fit: the numbers are no shares of one whole.' };
const ownWord = { word: 'sure', explanation: 'How sure the model says that it is.' };

function List({ title, items, at: written, onMark, ordered = false }: { title: string; items: readonly GroundedPartsFragment[]; at: string; onMark: (key: string) => void; ordered?: boolean }) {
  if (items.length === 0) return null;
  const entries = items.map((item, at) => <li key={at}><Grounded text={item} at={written} onMark={onMark} /></li>);
  return (
    <section className={classes['section']}>
      <h3>{title}</h3>
      {ordered ? <ol className={classes['list']}>{entries}</ol> : <ul className={classes['list']}>{entries}</ul>}
    </section>
  );
}
