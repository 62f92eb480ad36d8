import { Button, Checkbox, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Alarm } from '@/stores/alarms';

import type { AlarmOrder } from './use-alarm-order';

/** Orders that need words or numbers from the operator. */
export type Asked = 'acknowledge' | 'shelve' | 'takeOut' | 'assign' | 'comment';

export interface Question {
  what: Asked;
  alarms: readonly Alarm[];
}

interface Props {
  question: Question | null;
  onClose: () => void;
  onSend: (order: AlarmOrder, alarms: readonly Alarm[]) => void;
}

const titles: Record<Asked, string> = {
  acknowledge: 'Acknowledge with a comment',
  shelve: 'Shelve for a limited time',
  takeOut: 'Take out of service',
  assign: 'Assign',
  comment: 'Write a remark',
};

const commentMax = 1000;

export function OrderDialog({ question, onClose, onSend }: Props) {
  const count = question?.alarms.length ?? 0;
  const title = question ? `${titles[question.what]}: ${count} ${count === 1 ? 'alarm' : 'alarms'}` : '';
  return (
    <Modal opened={question !== null} onClose={onClose} title={title}>
      {question ? <Form question={question} onClose={onClose} onSend={onSend} /> : null}
    </Modal>
  );
}

/** The shelves that are offered, minutes; the longest that all chosen alarms allow is offered too. */
export function shelvesOf(alarms: readonly Alarm[]): number[] {
  const longest = Math.min(...alarms.map((alarm) => alarm.shelveMinutesMax));
  return [...[15, 30, 60, 120, 240].filter((minutes) => minutes < longest), longest];
}

export function spoken(minutes: number): string {
  if (minutes < 60 || minutes % 60 !== 0) return `${minutes} minutes`;
  return minutes === 60 ? '1 hour' : `${minutes / 60} hours`;
}

function Form({ question: { what, alarms }, onClose, onSend }: Props & { question: Question }) {
  const [text, setText] = useState('');
  const [name, setName] = useState(what === 'assign' ? (alarms[0]?.assignedTo ?? '') : '');
  const [once, setOnce] = useState(false);
  const shelves = shelvesOf(alarms);
  const [minutes, setMinutes] = useState(shelves[0] ?? 15);
  const order = ((): AlarmOrder | null => {
    switch (what) {
      case 'acknowledge': return { what, comment: text };
      case 'shelve': return text.trim() ? { what, minutes, oneShot: once, reason: text.trim() } : null;
      case 'takeOut': return name.trim() ? { what, workOrder: name.trim(), comment: text } : null;
      case 'assign': return { what, to: name.trim() || null };
      case 'comment': return text.trim() ? { what, comment: text.trim() } : null;
    }
  })();
  return (
    <form onSubmit={(e) => { e.preventDefault(); if (order) onSend(order, alarms); }}>
      <Stack>
        <div>{alarms.map((alarm) => <div key={alarm.key}>{alarm.title}</div>)}</div>
        {what === 'shelve' ? (
          <>
            <Select label="For" data-autofocus allowDeselect={false} data={shelves.map((m) => ({ value: String(m), label: spoken(m) }))} value={String(minutes)} onChange={(value) => setMinutes(Number(value))} />
            <Checkbox label="Only until the condition is over" checked={once} onChange={(e) => setOnce(e.currentTarget.checked)} />
          </>
        ) : null}
        {what === 'takeOut' ? <TextInput label="Work order" data-autofocus required maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} /> : null}
        {what === 'assign' ? <TextInput label="To" description="Empty takes it from whoever has it." data-autofocus maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} /> : null}
        {what === 'assign' ? null : (
          <Textarea label={what === 'shelve' ? 'Reason' : 'Comment'} required={what === 'shelve' || what === 'comment'} data-autofocus={what === 'acknowledge' || what === 'comment' ? true : undefined} autosize minRows={2} maxLength={commentMax} value={text} onChange={(e) => setText(e.currentTarget.value)} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" disabled={order === null}>{titles[what]}</Button>
        </Group>
      </Stack>
    </form>
  );
}
