import type { AlarmPartsFragment } from '@/api/generated/graphql';
import { formatAge } from '@/lib/format';

import { alarmStates, SeverityMark } from './marks';
import classes from './AlarmLine.module.css';

/** One alarm in one line, where there is no room for a table. */
export function AlarmLine({ alarm, now }: { alarm: AlarmPartsFragment; now: number }) {
  const { name, flashes } = alarmStates[alarm.state];
  return (
    <span className={classes['line']}>
      <SeverityMark severity={alarm.severity} size={18} flashing={flashes} />
      <span className={classes['title']}>{alarm.title}</span>
      <span className={classes['state']}>{name}</span>
      <span className={classes['age']}>{alarm.annunciatedAt ? formatAge(now - Date.parse(alarm.annunciatedAt)) : ''}</span>
    </span>
  );
}
