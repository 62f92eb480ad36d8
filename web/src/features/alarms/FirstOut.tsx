import { FirstOutGroupsDocument } from '@/api/generated/graphql';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { SeverityMark } from '@/ui/marks';
import { TextButton } from '@/ui/TextButton';

import classes from './alarms.module.css';

const pollMs = 3000;

/** What came first of each group that is not clear: the first alarm may have gone from the list while its followers stand. */
export function FirstOut({ onOpen }: { onOpen: (key: string) => void }) {
  const [{ data }] = usePolledQuery(FirstOutGroupsDocument, {}, pollMs);
  const standing = (data?.firstOutGroups ?? []).filter((group) => group.first !== null);
  return (
    <>
      {standing.map(({ key, title, first }) => (
        <p key={key} role="status" className={classes['firstOutLine']}>
          {title}: {first ? <SeverityMark severity={first.severity} size={16} /> : null} <TextButton onClick={() => first && onOpen(first.key)}><strong>{first?.title}</strong></TextButton> came first, {formatTime(first?.raisedAt ?? null)} plant time.
        </p>
      ))}
    </>
  );
}
