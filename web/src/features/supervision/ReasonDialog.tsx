import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';

import type { Actor } from '@/stores/supervision';

import type { Command } from './use-actor-orders';

export interface Intent {
  command: Command;
  actor: Actor;
}

const verbs: Record<Command, string> = { restart: 'Restart', pause: 'Pause', resume: 'Resume' };

/** What an order does, said before it is given. */
const effects: Record<Command, string> = {
  restart: 'It finishes what it was told, then it and those that depend on it are started anew.',
  pause: 'It is taken out until somebody resumes it, also over a restart of TEP. An alarm says so, and nothing that it gave is shown as normal.',
  resume: 'It is started anew and has no memory of the time between.',
};

interface Props {
  intent: Intent | null;
  onClose: () => void;
  onSend: (intent: Intent, reason: string) => void;
}

export function ReasonDialog({ intent, onClose, onSend }: Props) {
  return (
    <Modal opened={intent !== null} onClose={onClose} title={intent ? `${verbs[intent.command]} ${intent.actor.role} ${intent.actor.name}` : ''}>
      {intent ? <Form intent={intent} onClose={onClose} onSend={onSend} /> : null}
    </Modal>
  );
}

function Form({ intent, onClose, onSend }: Props & { intent: Intent }) {
  const [reason, setReason] = useState('');
  return (
    <Stack>
      <Text size="sm">{effects[intent.command]}</Text>
      <Textarea label="Reason" description="It goes into the audit, with your name." data-autofocus autosize minRows={2} maxLength={500} required value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button disabled={reason.trim() === ''} onClick={() => onSend(intent, reason.trim())}>{verbs[intent.command]}</Button>
      </Group>
    </Stack>
  );
}
