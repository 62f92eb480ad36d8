import { useEffect, useState } from 'react';

import { ExplanationProgressDocument, type ExplanationProgressSubscription } from '@/api/generated/graphql';
import { listenOnce } from '@/stores/streams';

export type Progress = ExplanationProgressSubscription['explanation'];

/** How far the explanation of an occurrence has come; follows it until nothing more comes, and anew when `attempt` grows. */
export function useProgress(occurrence: string, attempt: number): Progress | null {
  const [progress, setProgress] = useState<Progress | null>(null);
  useEffect(() => listenOnce(ExplanationProgressDocument, { occurrenceId: occurrence }, (data) => setProgress(data.explanation)), [occurrence, attempt]);
  return progress;
}
