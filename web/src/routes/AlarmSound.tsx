import { Button, Group, Tooltip } from '@mantine/core';
import { useEffect } from 'react';

import { repeatAfterMs, sound } from '@/ui/tone';
import { useAlarms } from '@/stores/alarms';
import { setBlocked, setMuted, soundingSeverity, useSound } from '@/stores/sound';

/** Sounds while somebody owes an acknowledgement, on whatever page; with a switch that shows, and a test. */
export function AlarmSound() {
  const severity = useAlarms((s) => soundingSeverity(s.list));
  const { muted, blocked } = useSound();
  useEffect(() => {
    if (severity === null || muted) return;
    const call = () => void sound(severity).then((heard) => setBlocked(!heard));
    call();
    const timer = setInterval(call, repeatAfterMs(severity));
    return () => clearInterval(timer);
  }, [severity, muted]);
  const test = () => void sound('HIGH').then((heard) => setBlocked(!heard));
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={muted ? 'Alarms make no sound on this screen.' : blocked ? 'The browser lets the page sound only after you have touched it.' : 'Alarms sound until they are acknowledged.'}>
        <Button size="compact-xs" variant={muted || blocked ? 'filled' : 'default'} color={muted || blocked ? 'orange' : undefined} aria-pressed={muted} onClick={() => setMuted(!muted)}>
          {muted ? 'Sound is off' : blocked ? 'No sound yet' : 'Mute'}
        </Button>
      </Tooltip>
      <Button size="compact-xs" variant="default" onClick={test}>Test sound</Button>
    </Group>
  );
}
