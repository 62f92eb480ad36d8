import { Link } from 'react-router';

import { floodKey, useAlarms } from '@/stores/alarms';
import { alarmStates, severities, SeverityMark, severityOrder, SeverityShape } from '@/ui/marks';

import classes from './Shell.module.css';

/** The one summary of alarms: how many of each severity, how many owe an acknowledgement, and the newest of those. */
export function AlarmBanner() {
  const summary = useAlarms((s) => s.summary);
  const complete = useAlarms((s) => s.complete);
  const flood = useAlarms((s) => s.list.some((alarm) => alarm.key === floodKey && alarm.active));
  const newest = useAlarms((s) => s.list.find((alarm) => alarmStates[alarm.state].flashes));
  const spoken = severityOrder.map((s) => `${summary.bySeverity[s].total} ${severities[s].name.toLowerCase()}`).join(', ');
  return (
    <Link to="/alarms" className={classes['banner']} aria-label={`Alarms: ${spoken}; ${summary.unacknowledged} unacknowledged${flood ? '; alarm flood' : ''}`}>
      <span className={`tep-live ${classes['counts']}`}>
        {severityOrder.map((severity) => {
          const { total, unacknowledged } = summary.bySeverity[severity];
          return (
            <span key={severity} className={classes['count']} data-none={total === 0 || undefined} title={`${total} ${severities[severity].name.toLowerCase()}, ${unacknowledged} unacknowledged`}>
              <span className={unacknowledged > 0 ? 'tep-flash' : undefined}><SeverityShape severity={severity} size={18} /></span>
              {total}
            </span>
          );
        })}
      </span>
      {flood ? <strong className={classes['flood']} title="More than ten new alarms within ten minutes. New ones join groups, without sound.">Alarm flood</strong> : null}
      <span className={classes['owed']}>{complete ? `${summary.unacknowledged} unacknowledged` : 'alarm list is being read…'}</span>
      {newest ? (
        <span className={`tep-live ${classes['newest']}`}>
          <SeverityMark severity={newest.severity} size={16} />
          {newest.title}
          <span className={classes['dim']}>{newest.unit?.name}</span>
        </span>
      ) : null}
    </Link>
  );
}
