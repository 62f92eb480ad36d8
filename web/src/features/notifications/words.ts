import type { ChannelKind, ChannelState, NoticeKind, NotificationState } from '@/api/generated/graphql';
import { formatAge } from '@/lib/format';
import type { Tone } from '@/ui/marks';

export const noticeKinds: Record<NoticeKind, string> = {
  RAISED: 'Raised',
  AGAIN: 'Calls again',
  ESCALATED: 'Escalated',
  ACKNOWLEDGED: 'Acknowledged',
  HIDDEN: 'Put aside',
  CLOSED: 'Over',
  TEST: 'Test',
};

export const notificationStates: Record<NotificationState, { name: string; tone: Tone }> = {
  PENDING: { name: 'waits', tone: 'attention' },
  DELIVERED: { name: 'delivered', tone: 'plain' },
  DEAD: { name: 'not delivered', tone: 'bad' },
  SUPERSEDED: { name: 'superseded', tone: 'dim' },
};

export const channelStates: Record<ChannelState, { name: string; tone: Tone }> = {
  UNTRIED: { name: 'never tried', tone: 'dim' },
  WORKING: { name: 'works', tone: 'plain' },
  TROUBLED: { name: 'does not get through', tone: 'bad' },
};

export const channelKinds: Record<ChannelKind, string> = {
  WEBHOOK: 'webhook',
  EMAIL: 'mail',
  PAGER_DUTY: 'PagerDuty',
};

/** "at once", "after 10 min". */
export function stepAfter(seconds: number): string {
  return seconds === 0 ? 'at once' : `after ${formatAge(seconds * 1000)}`;
}
