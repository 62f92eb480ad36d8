import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { TrainingFrom } from '@/api/generated/graphql';
import type { Detector } from '@/stores/detectors';

import type { Training } from './use-model-orders';
import { methodMeanings, methods, origins } from './words';

interface Props {
  opened: boolean;
  detector: Detector;
  onClose: () => void;
  onSend: (training: Training) => void;
}

export function TrainDialog({ opened, detector, onClose, onSend }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Train ${detector.name}`}>
      {opened ? <Form detector={detector} onClose={onClose} onSend={onSend} /> : null}
    </Modal>
  );
}

const hints: Record<TrainingFrom, string> = {
  SIMULATOR: 'Eight runs of 48 h of the simulated plant without disturbances.',
  HISTORY: 'What the plant has recorded between two plant times. Choose a stretch in which it ran as it should: whatever happened there is normal to the model.',
  FILES: 'Files in the directory training of the data directory, each an unbroken run at the sample period, one column a tag.',
};

/** An ISO time without a zone is UTC here, as all plant times of the page are. */
function utc(text: string): string | null {
  const at = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function Form({ detector, onClose, onSend }: Omit<Props, 'opened'>) {
  const [method, setMethod] = useState<string>(detector.method);
  const [from, setFrom] = useState<TrainingFrom>('SIMULATOR');
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const [files, setFiles] = useState('');
  const [reason, setReason] = useState('');
  const names = files.split(/[\s,]+/).filter((name) => name !== '');
  const complete = reason.trim() !== '' && (from !== 'HISTORY' || (utc(since) !== null && utc(until) !== null)) && (from !== 'FILES' || names.length > 0);
  return (
    <Stack>
      <Text size="sm">The model comes out staged: it judges nothing until somebody promotes it.</Text>
      <Select label="Method" description={methodMeanings[method]} data={methods.map((value) => ({ value, label: value === detector.method ? `${value.toUpperCase()}, as configured` : value.toUpperCase() }))} value={method} allowDeselect={false} onChange={(value) => setMethod(value ?? detector.method)} />
      <Select label="Learns from" description={hints[from]} data={Object.entries(origins).map(([value, label]) => ({ value, label }))} value={from} allowDeselect={false} onChange={(value) => setFrom((value ?? 'SIMULATOR') as TrainingFrom)} />
      {from === 'HISTORY' ? (
        <Group grow>
          <TextInput label="Since (plant time, UTC)" placeholder="2026-11-20T06:00" value={since} error={since !== '' && utc(since) === null ? 'not a time' : null} onChange={(e) => setSince(e.currentTarget.value)} />
          <TextInput label="Until" placeholder="2026-11-22T06:00" value={until} error={until !== '' && utc(until) === null ? 'not a time' : null} onChange={(e) => setUntil(e.currentTarget.value)} />
        </Group>
      ) : null}
      {from === 'FILES' ? <TextInput label="Files" placeholder="monday.csv tuesday.csv.gz" value={files} onChange={(e) => setFiles(e.currentTarget.value)} /> : null}
      <Textarea label="Reason" description="It goes into the audit and stands with the job, with your name." autosize minRows={2} maxLength={500} required value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button
          disabled={!complete}
          onClick={() => {
            onClose();
            onSend({
              detector: detector.key, method, from, reason: reason.trim(),
              since: from === 'HISTORY' ? utc(since) : null, until: from === 'HISTORY' ? utc(until) : null, files: from === 'FILES' ? names : null,
            });
          }}
        >
          Train
        </Button>
      </Group>
    </Stack>
  );
}
