import type { KnowledgeKind, KnowledgeOrigin } from '@/api/generated/graphql';

/** What documents of each kind are called together, in the order in which they are shown. */
export const kinds: Record<KnowledgeKind, string> = {
  RESPONSE: 'What to do at alarms',
  DISTURBANCE: 'Disturbances',
  UNIT: 'Units',
  MEASUREMENT: 'Measurements',
  VALVE: 'Valves',
  LOOP: 'Control loops',
  DOCUMENT: 'Documents of the site',
};

export const origins: Record<KnowledgeOrigin, string> = {
  BUILT_IN: 'comes with TEP',
  FOLDER: 'from the folder of the site',
  UPLOADED: 'uploaded',
};

export const kindNames = Object.keys(kinds) as KnowledgeKind[];
export const originNames = Object.keys(origins) as KnowledgeOrigin[];

export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
