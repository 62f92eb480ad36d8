import type { DriftStatus, ModelState, TrainingFrom, TrainingJobState } from '@/api/generated/graphql';
import type { Tone } from '@/ui/marks';

/** How models, trainings and drift are named; a new value in the schema does not compile until it is named here. */
export const modelStates: Record<ModelState, { name: string; glyph: string; tone: Tone; meaning: string }> = {
  ACTIVE: { name: 'In use', glyph: '●', tone: 'plain', meaning: 'Its verdicts count.' },
  SHADOW: { name: 'Shadow', glyph: '◐', tone: 'attention', meaning: 'Judges every sample beside the one in use, and raises nothing.' },
  STAGED: { name: 'Staged', glyph: '○', tone: 'dim', meaning: 'Judges nothing yet.' },
  RETIRED: { name: 'Retired', glyph: '✓', tone: 'dim', meaning: 'Was in use, or was turned down.' },
};

export const jobStates: Record<TrainingJobState, { name: string; tone: Tone }> = {
  QUEUED: { name: 'Waits', tone: 'dim' },
  RUNNING: { name: 'Under way', tone: 'plain' },
  DONE: { name: 'Done', tone: 'plain' },
  FAILED: { name: 'Failed', tone: 'bad' },
  CANCELLED: { name: 'Cancelled', tone: 'dim' },
};

export const origins: Record<TrainingFrom, string> = { SIMULATOR: 'Simulator', HISTORY: 'History', FILES: 'Files' };

export const drifts: Record<DriftStatus, { name: string; tone: Tone }> = {
  UNKNOWN: { name: 'not known yet', tone: 'dim' },
  STEADY: { name: 'steady', tone: 'plain' },
  DRIFTING: { name: 'drifting', tone: 'attention' },
};

/** As the plant file names them, and what each is. */
export const methods = ['var', 'cva', 'dpca', 'pca', 'ewma', 'cusum', 'rate'] as const;

export const methodMeanings: Readonly<Record<string, string>> = {
  var: 'Autoregression of all tags together, and tags that are frozen.',
  cva: 'Canonical variates, past against future.',
  dpca: 'Principal components with delayed values.',
  pca: 'Principal components of one moment.',
  ewma: 'Weighted mean of each tag.',
  cusum: 'Cumulated departures of each tag.',
  rate: 'How fast each tag changes.',
};
