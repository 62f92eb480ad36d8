import { useEffect, useState } from 'react';

import { serverNow } from './clock';

/** The server's wall time, renewed every `everyMs`; for ages. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
