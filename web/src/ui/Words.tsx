import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

const PAUSE_MS = 250;

interface Props {
  label: string;
  placeholder: string;
  width: number;
  /** What is asked for now; when another changes it, the field follows. */
  value: string;
  onSay: (words: string) => void;
}

/**
 * A field that says its words once somebody has paused. The address changes later than a hand types: a field that showed what
 * stands there would lose letters.
 */
export function Words({ label, placeholder, width, value, onSay }: Props) {
  const [text, setText] = useState(value);
  const [said, setSaid] = useState(value);
  const say = useDebouncedCallback((words: string) => { setSaid(words); onSay(words); }, PAUSE_MS);
  // The address says something that this field has not said: a link, or "back".
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== said) { setSaid(value); setText(value); }
  }
  return <TextInput size="xs" w={width} aria-label={label} placeholder={placeholder} value={text} onChange={(e) => { setText(e.currentTarget.value); say(e.currentTarget.value); }} />;
}
