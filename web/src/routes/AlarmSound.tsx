import { Button, Group, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';

import { repeatAfterMs, sound } from '@/ui/tone';
import { useAlarms } from '@/stores/alarms';
import { setBlocked, setMuted, useSound } from '@/stores/sound';

/** Sounds while somebody owes an acknowledgement, on whatever page; with a switch that shows, and a test. */
export function AlarmSound() {
  const severity = useAlarms((s) => s.sounding);
  const { muted, blocked } = useSound();
  // Every new call sounds at once, not when those before it would have sounded again. Who leaves the list is no call.
  const last = useAlarms((s) => s.lastCall);
  const [call, setCall] = useState(last);
  if (last > call) setCall(last);
  useEffect(() => {
    if (severity === null || muted) return;
    const ring = () => void sound(severity).then((heard) => setBlocked(!heard));
    ring();
    const timer = setInterval(ring, repeatAfterMs(severity));
    return () => clearInterval(timer);
  }, [severity, muted, call]);
  // Whatever is touched first lets it sound, and it sounds then, not when it would have sounded again.
  useEffect(() => {
    if (!blocked || muted) return;
    const touched = () => void sound(severity ?? 'LOW').then((heard) => setBlocked(!heard));
    document.addEventListener('pointerup', touched, { once: true });
    document.addEventListener('keyup', touched, { once: true });
    return () => {
      document.removeEventListener('pointerup', touched);
      document.removeEventListener('keyup', touched);
    };
  }, [blocked, muted, severity]);
  const test = () => void sound('HIGH').then((heard) => setBlocked(!heard));
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={muted ? 'Alarms make no sound on this screen.' : blocked ? 'The browser lets the page sound only after you have touched it.' : 'Alarms sound until they are acknowledged.'}>
        <Button size="compact-xs" variant={muted || blocked ? 'filled' : 'default'} color={muted || blocked ? 'orange' : undefined} aria-pressed={muted} onClick={() => { if (muted || !blocked) setMuted(!muted); }}>
          {muted ? 'Sound is off' : blocked ? 'No sound yet' : 'Mute'}
        </Button>
      </Tooltip>
      <Button size="compact-xs" variant="default" onClick={test}>Test sound</Button>
    </Group>
  );
}
