import { Group, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { AskAboutAlarmDocument, type TurnPartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { Empty, Panel, Problem } from '@/ui/page';

import { explainerName } from './Explained';
import classes from './explanations.module.css';
import { Grounded } from './Grounded';
import { RestsOn } from './RestsOn';
import { useRestsOn } from './use-mark';

interface Props {
  alarm: string;
  occurrence: string;
  turns: readonly TurnPartsFragment[];
  onChanged: () => void;
}

/** Questions about this alarm, under the same guards: an answer says what the evidence says, and orders nothing. */
export function Questions({ alarm, occurrence, turns, onChanged }: Props) {
  const permission = usePermission('explanation:request');
  const [question, setQuestion] = useState('');
  const [asked, setAsked] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, ask] = useMutation(AskAboutAlarmDocument);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const words = question.trim();
    if (!words) return;
    setProblem(null);
    setAsked(words);
    void ask({ input: { alarm, occurrenceId: occurrence, question: words, idempotencyKey: uuid() } }).then(({ data, error }) => {
      const refused = data?.askAboutAlarm.userErrors.map((e) => e.message).join(' ') ?? '';
      setProblem(explain(error) ?? (refused || null));
      setAsked(null);
      if (!error && !refused) setQuestion('');
      onChanged();
    });
  };
  return (
    <Panel title="Questions" label="Questions">
      {turns.length === 0 && !asked ? <Empty>Nobody has asked anything about this alarm yet.</Empty> : null}
      {turns.map((turn) => (
        <Turn key={turn.key} turn={turn} />
      ))}
      {asked ? <p role="status" className={classes['question']}>{asked} <span className={classes['dim']}>is being answered…</span></p> : null}
      <Problem>{problem}</Problem>
      <form onSubmit={submit}>
        <Group gap="xs" align="end">
          <TextInput style={{ flex: 1 }} label="Your question about this alarm" maxLength={1000} value={question} onChange={(e) => setQuestion(e.currentTarget.value)} disabled={!permission.allowed} />
          <GuardedButton type="submit" permission={permission} loading={asking.fetching} disabled={question.trim() === ''}>Ask</GuardedButton>
        </Group>
      </form>
    </Panel>
  );
}

/** A question with its answer, and what the answer rests on. */
function Turn({ turn }: { turn: TurnPartsFragment }) {
  const { folded, marked, show, back } = useRestsOn();
  return (
    <div className={classes['turn']}>
      <p className={classes['question']}>{turn.question} <span className={classes['dim']}>{turn.askedBy}, {formatTime(turn.at)}</span></p>
      {turn.answer.map((text, at) => <p key={at} className={classes['answer']}><Grounded text={text} at={turn.at} onMark={show} /></p>)}
      {turn.unknown.map((text, at) => <p key={at} className={classes['dim']}><Grounded text={text} at={turn.at} onMark={show} /></p>)}
      <p className={classes['dim']}>{explainerName(turn)}</p>
      <RestsOn items={turn.restsOn} marked={marked} folded={folded} onBack={back} />
    </div>
  );
}
