import type { Severity } from '@/api/generated/graphql';

/** What an alarm of each severity sounds like: tones in Hz, one after the other, and after how long it sounds again. */
const sounds: Record<Severity, { tones: readonly number[]; everyMs: number }> = {
  LOW: { tones: [440], everyMs: 20_000 },
  MEDIUM: { tones: [440, 554], everyMs: 12_000 },
  HIGH: { tones: [554, 740, 554], everyMs: 6_000 },
  CRITICAL: { tones: [880, 740, 880, 740], everyMs: 3_000 },
};

const TONE_S = 0.16;
const VOLUME = 0.18;

let context: AudioContext | null = null;

export function repeatAfterMs(severity: Severity): number {
  return sounds[severity].everyMs;
}

/** Sounds once. Says whether the browser let it: before a person has touched the page it may not. */
export async function sound(severity: Severity): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  context ??= new AudioContext();
  if (context.state === 'suspended') await Promise.race([context.resume(), new Promise((later) => setTimeout(later, 200))]);
  if (context.state !== 'running') return false;
  let at = context.currentTime;
  for (const hertz of sounds[severity].tones) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(VOLUME, at + 0.02);
    gain.gain.setValueAtTime(VOLUME, at + TONE_S - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + TONE_S);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + TONE_S);
    at += TONE_S;
  }
  return true;
}
