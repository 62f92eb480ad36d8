import { useEffect, useState } from 'react';
import { Link } from 'react-router';

import type { DiscontinuityReason, SourceState } from '@/api/generated/graphql';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { useConnection } from '@/stores/connection';
import { useLive } from '@/stores/live';
import { TextButton } from '@/ui/TextButton';

import classes from './Shell.module.css';

const reasons: Record<DiscontinuityReason, string> = {
  RESTARTED: 'the server was restarted',
  TOO_OLD: 'the break was longer than the server remembers',
  CONFLATED: 'this page was too slow, and values were folded together',
  SOURCE_RESET: 'the simulation was reset',
};

const SHOWN_MS = 12_000;

/** Says that nothing here is current; and after a break, that something is missing. */
export function LostConnection() {
  const lostAt = useConnection((s) => s.lostAt);
  const refusal = useConnection((s) => s.refusals.values ?? s.refusals.alarms);
  if (refusal) return <Refused words={refusal} />;
  if (lostAt !== null) return <Lost since={lostAt} />;
  return (
    <>
      <SourceNotice />
      <BreakNotice />
    </>
  );
}

/** What a server says that does not know what this page asks for: one of the two is newer. */
const OTHER_VERSION = /^Unknown (field|argument|type|fragment)/;

function Refused({ words }: { words: string }) {
  if (!OTHER_VERSION.test(words)) return <div role="alert" className={classes['lost']}>The server refuses to send what happens: {words}</div>;
  return (
    <div role="alert" className={classes['lost']} title={words}>
      Nothing here is current: this page is of another version than the server. <TextButton className={classes['reload']} onClick={() => window.location.reload()}>Load it anew</TextButton>
    </div>
  );
}

/** What an operator must know of a source that gives no ordinary values; null where the header says enough. */
const sourceNotices: Record<SourceState, string | null> = {
  RUNNING: null,
  PAUSED: null,
  SHUT_DOWN: 'The plant has shut down',
  ENDED: 'The record has ended; there are no newer values',
  SILENT: 'No values come from the plant',
};

function SourceNotice() {
  const notice = useLive((s) => (s.source ? sourceNotices[s.source.state] : null));
  const message = useLive((s) => s.source?.message);
  const again = useLive((s) => s.source?.state === 'SHUT_DOWN' && s.source.controllable);
  if (!notice) return null;
  return <div role="alert" className={classes['lost']}>{notice}{message ? `: ${message}` : ''}.{again ? <> <Link to="/scenarios">Start the simulation anew</Link></> : null}</div>;
}

function Lost({ since }: { since: number }) {
  const now = useNow(1000);
  return (
    <div role="alert" className={classes['lost']}>
      Connection lost {formatAge(now - since)} ago. What you see is not current; connecting again…
    </div>
  );
}

function BreakNotice() {
  const last = useLive((s) => s.breaks.at(-1));
  const [hidden, setHidden] = useState<typeof last>(undefined);
  useEffect(() => {
    if (!last) return undefined;
    const timer = setTimeout(() => setHidden(last), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last]);
  if (!last || hidden === last) return null;
  return (
    <div role="status" className={classes['lost']} data-state="gap">
      Values are missing{last.at === null ? '' : ` after ${formatTime(last.at)} plant time`}: {reasons[last.reason]}.
    </div>
  );
}
