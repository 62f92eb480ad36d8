import { Group, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';

import { explain } from '@/api/errors';
import { IncidentCausesDocument, JudgeIncidentDocument, type IncidentQuery, type Judgement } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { Problem } from '@/ui/page';

import classes from './incidents.module.css';
import { causeKey, judgements } from './words';

interface Props {
  incident: NonNullable<IncidentQuery['incident']>;
  onChanged: () => void;
}

/** The form in which a person says how right a diagnosis was, and what the true cause is: it is what the plant learns from. */
export function JudgeIncident({ incident, onChanged }: Props) {
  const permission = usePermission('explanation:judge');
  const [open, setOpen] = useState(false);
  if (!open) return <GuardedButton size="compact-sm" variant="default" permission={permission} onClick={() => setOpen(true)}>{incident.verdict ? 'Say it anew…' : 'Say what it was…'}</GuardedButton>;
  return <Form incident={incident} onClose={() => setOpen(false)} onChanged={onChanged} />;
}

function Form({ incident, onClose, onChanged }: Props & { onClose: () => void }) {
  const permission = usePermission('explanation:judge');
  const { verdict } = incident;
  const [judgement, setJudgement] = useState<Judgement>(verdict?.judgement ?? 'RIGHT');
  const [cause, setCause] = useState<string | null>(verdict?.cause?.key ?? null);
  const [words, setWords] = useState('');
  const [comment, setComment] = useState(verdict?.comment ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const [{ data }] = useQuery({ query: IncidentCausesDocument });
  const [sending, send] = useMutation(JudgeIncidentDocument);
  // Those that the diagnosis names come first, then the others that are known.
  const known = new Map<string, string>();
  for (const one of [...incident.causes.map((c) => c.cause), ...(data?.incidentCauses ?? []), ...(verdict?.cause ? [verdict.cause] : [])]) if (!known.has(one.key)) known.set(one.key, one.name);
  const causes = [...known].map(([value, name]) => ({ value, label: name === value ? name : `${causeKey(value)} ${name}` }));
  const submit = () => {
    const input = { occurrenceId: incident.occurrenceId, judgement, cause: (cause ?? words.trim()) || null, comment: comment.trim() || null, idempotencyKey: uuid() };
    void send({ input }).then(({ data: answer, error }) => {
      const refused = answer?.judgeIncident.userErrors.map((e) => e.message).join(' ') ?? '';
      setProblem(explain(error) ?? (refused || null));
      if (!error && !refused) {
        onClose();
        onChanged();
      }
    });
  };
  return (
    <div className={classes['form']}>
      <Problem>{problem}</Problem>
      <SegmentedControl aria-label="How right the diagnosis was" value={judgement} onChange={(value) => setJudgement(value)} data={(Object.keys(judgements) as Judgement[]).map((value) => ({ value, label: judgements[value] }))} />
      <Select label="True cause" description="An incident whose cause is named is compared with from then on." placeholder="Not found, or another" clearable searchable data={causes} value={cause} onChange={setCause} />
      {cause === null ? <TextInput label="Or in words" maxLength={1000} value={words} onChange={(e) => setWords(e.currentTarget.value)} /> : null}
      <Textarea label="Comment" autosize maxLength={1000} value={comment} onChange={(e) => setComment(e.currentTarget.value)} />
      <Group gap="xs">
        <GuardedButton permission={permission} loading={sending.fetching} onClick={submit}>Keep it</GuardedButton>
        <GuardedButton variant="default" permission={{ allowed: true, reason: null }} onClick={onClose}>Cancel</GuardedButton>
      </Group>
    </div>
  );
}
