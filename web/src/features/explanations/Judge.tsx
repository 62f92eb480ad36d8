import { Group, Select, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { JudgeExplanationDocument, type AlarmExplanationPartsFragment, type ExplanationJudgement, type ExplanationPartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { useSession } from '@/stores/session';
import { GuardedButton } from '@/ui/guarded';
import { Problem } from '@/ui/page';

import classes from './explanations.module.css';

export const judgements: Record<ExplanationJudgement, string> = { RIGHT: 'right', PARTLY: 'partly right', WRONG: 'wrong' };

interface Props {
  explanation: ExplanationPartsFragment;
  evidence: AlarmExplanationPartsFragment['evidence'] | null;
  onChanged: () => void;
}

/** What people have found of an explanation, and the form to say so: it is what the plant learns from. */
export function Judge({ explanation, evidence, onChanged }: Props) {
  const permission = usePermission('explanation:judge');
  const [open, setOpen] = useState(false);
  const [judgement, setJudgement] = useState<ExplanationJudgement>('RIGHT');
  const [cause, setCause] = useState<string | null>(null);
  const [words, setWords] = useState('');
  const [comment, setComment] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, send] = useMutation(JudgeExplanationDocument);
  const causes = (evidence?.items ?? []).filter(({ key }) => key.startsWith('cause:')).map(({ key, title }) => ({ value: key.slice('cause:'.length), label: title }));
  const me = useSession((s) => s.user?.name);
  const mine = explanation.verdicts.some(({ by }) => by === me);
  const submit = () => {
    const input = { explanation: explanation.key, judgement, cause: (cause ?? words.trim()) || null, comment: comment.trim() || null, idempotencyKey: uuid() };
    void send({ input }).then(({ data, error }) => {
      const refused = data?.judgeExplanation.userErrors.map((e) => e.message).join(' ') ?? '';
      setProblem(explain(error) ?? (refused || null));
      if (!error && !refused) {
        setOpen(false);
        onChanged();
      }
    });
  };
  return (
    <section className={classes['section']} aria-label="What was found">
      {explanation.verdicts.map((verdict) => (
        <p key={verdict.by} className={classes['dim']}>{verdict.by} found it {judgements[verdict.judgement]}{verdict.cause ? `; the cause was ${causes.find(({ value }) => value === verdict.cause)?.label ?? verdict.cause}` : ''}{verdict.comment ? `: ${verdict.comment}` : ''} ({formatTime(verdict.at)})</p>
      ))}
      <Problem>{problem}</Problem>
      {open ? (
        <div className={classes['form']}>
          <SegmentedControl aria-label="How right it was" value={judgement} onChange={(value) => setJudgement(value)} data={(Object.keys(judgements) as ExplanationJudgement[]).map((value) => ({ value, label: judgements[value] }))} />
          <Select label="True cause" placeholder="Not found, or another" clearable searchable data={causes} value={cause} onChange={setCause} />
          {cause === null ? <TextInput label="Or in words" maxLength={1000} value={words} onChange={(e) => setWords(e.currentTarget.value)} /> : null}
          <Textarea label="Comment" autosize maxLength={1000} value={comment} onChange={(e) => setComment(e.currentTarget.value)} />
          <Group gap="xs">
            <GuardedButton permission={permission} loading={sending.fetching} onClick={submit}>Keep it</GuardedButton>
            <GuardedButton variant="default" permission={{ allowed: true, reason: null }} onClick={() => setOpen(false)}>Cancel</GuardedButton>
          </Group>
        </div>
      ) : (
        <GuardedButton size="compact-sm" variant="default" permission={permission} onClick={() => setOpen(true)}>{mine ? 'Change your verdict…' : 'Was it right?'}</GuardedButton>
      )}
    </section>
  );
}
