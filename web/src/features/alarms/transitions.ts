import type { TransitionKind } from '@/api/generated/graphql';

export const transitionNames: Record<TransitionKind, string> = {
  RAISED: 'Raised',
  RAISED_AGAIN: 'Raised again',
  WORSENED: 'Worsened',
  RETURNED_TO_NORMAL: 'Returned to normal',
  ACKNOWLEDGED: 'Acknowledged',
  RESET: 'Reset',
  QUALITY_CHANGED: 'Quality changed',
  RE_ALARMED: 'Called again',
  SHELVED: 'Shelved',
  UNSHELVED: 'Unshelved',
  SHELF_ENDED: 'Shelf ended',
  SUPPRESSED: 'Suppressed by design',
  UNSUPPRESSED: 'No longer suppressed',
  TAKEN_OUT_OF_SERVICE: 'Taken out of service',
  RETURNED_TO_SERVICE: 'Returned to service',
  ASSIGNED: 'Assigned',
  COMMENTED: 'Remark',
  CONFIGURATION_CHANGED: 'Configuration changed',
};
