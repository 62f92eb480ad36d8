import { useState } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { CompareExplanationsDocument, type AlarmExplanationPartsFragment, type CompareExplanationsMutation } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { ToneLabel } from '@/ui/marks';
import { Panel, Problem } from '@/ui/page';

import { Explained } from './Explained';
import classes from './explanations.module.css';

interface Props {
  alarm: string;
  occurrence: string;
  models: readonly { key: string; model: string }[];
  evidence: AlarmExplanationPartsFragment['evidence'] | null;
  currency: string;
  onMark: (key: string) => void;
  onChanged: () => void;
}

type Comparison = NonNullable<CompareExplanationsMutation['compareExplanations']['comparison']>;

/** The same evidence before every model, side by side with what is computed from it. */
export function Compare({ alarm, occurrence, models, evidence, currency, onMark, onChanged }: Props) {
  const permission = usePermission('explanation:request');
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [comparing, compare] = useMutation(CompareExplanationsDocument);
  const run = () => {
    setProblem(null);
    void compare({ input: { alarm, occurrenceId: occurrence, providers: null, idempotencyKey: uuid() } }).then(({ data, error }) => {
      const refused = data?.compareExplanations.userErrors.map((e) => e.message).join(' ') ?? '';
      setProblem(explain(error) ?? (refused || null));
      setComparison(data?.compareExplanations.comparison ?? null);
      onChanged();
    });
  };
  const cause = comparison?.agreed ? (evidence?.items.find(({ key }) => key === comparison.agreed)?.title ?? comparison.agreed) : null;
  return (
    <Panel title="Side by side" label="Side by side" aside={<GuardedButton size="compact-sm" variant="default" permission={permission} loading={comparing.fetching} onClick={run}>Ask {models.length === 1 ? 'the model' : `all ${models.length} models`}</GuardedButton>}>
      <Problem>{problem}</Problem>
      {comparison === null && comparing.fetching ? <p role="status">Every model is being asked. That takes as long as the slower of the first two that agree, at most as long as the slowest.</p> : null}
      {comparison === null ? <p className={classes['dim']}>{models.map(({ key, model }) => `${key} (${model})`).join(', ')}: each is given the same evidence, and is called off once two agree.</p> : null}
      {comparison ? (
        <>
          {comparing.fetching ? <p role="status" className={classes['dim']}>Asking again…</p> : null}
          <p role="status">{cause ? <>At least two name the same cause: <strong>{cause}</strong>; of the tags that they cite {Math.round(comparison.tagsInCommon * 100)} % are common.</> : 'No two name the same cause.'}</p>
          <div className={classes['beside']}>
            {comparison.all.map((one) => (
              <div key={one.explainer}>
                {one.agrees ? <p className={classes['dim']}><ToneLabel tone="plain" glyph="✓">names the common cause</ToneLabel></p> : null}
                {one.explanation ? <Explained explanation={one.explanation} evidence={evidence} currency={currency} onMark={onMark} onChanged={onChanged} brief /> : <Panel title={one.explainer}><p className={classes['dim']}>{one.failure}</p></Panel>}
              </div>
            ))}
          </div>
        </>
      ) : null}
    </Panel>
  );
}
