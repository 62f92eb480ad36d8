import type { TransitionKind } from '@/api/generated/graphql';

export const transitionNames: Record<TransitionKind, string> = {
  RAISED: 'Raised',
  RAISED_AGAIN: 'Raised again',
  WORSENED: 'Worsened',
  RETURNED_TO_NORMAL: 'Returned to normal',
  ACKNOWLEDGED: 'Acknowledged',
  RESET: 'Reset',
  QUALITY_CHANGED: 'Quality changed',
};
