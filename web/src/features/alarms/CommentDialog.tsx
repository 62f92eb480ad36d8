import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';

import type { Alarm } from '@/stores/alarms';

interface Props {
  alarms: readonly Alarm[] | null;
  onClose: () => void;
  onSend: (alarms: readonly Alarm[], comment: string) => void;
}

export function CommentDialog({ alarms, onClose, onSend }: Props) {
  return (
    <Modal opened={alarms !== null} onClose={onClose} title={`Acknowledge ${alarms?.length ?? 0} ${alarms?.length === 1 ? 'alarm' : 'alarms'} with a comment`}>
      {alarms ? <Form alarms={alarms} onClose={onClose} onSend={onSend} /> : null}
    </Modal>
  );
}

function Form({ alarms, onClose, onSend }: Props & { alarms: readonly Alarm[] }) {
  const [comment, setComment] = useState('');
  return (
    <Stack>
      <div>{alarms.map((alarm) => <div key={alarm.key}>{alarm.title}</div>)}</div>
      <Textarea label="Comment" data-autofocus autosize minRows={2} maxLength={1000} value={comment} onChange={(e) => setComment(e.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button onClick={() => onSend(alarms, comment)}>Acknowledge with comment</Button>
      </Group>
    </Stack>
  );
}
