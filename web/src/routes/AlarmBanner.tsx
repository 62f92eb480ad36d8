import { Link } from 'react-router';

import { useAlarms } from '@/stores/alarms';
import { severities, SeverityMark, severityOrder, SeverityShape } from '@/ui/marks';

import classes from './Shell.module.css';

/** The one summary of alarms: how many of each severity, how many owe an acknowledgement, and which of those to look at first. */
export function AlarmBanner() {
  const summary = useAlarms((s) => s.summary);
  const complete = useAlarms((s) => s.complete);
  const flood = useAlarms((s) => s.flood);
  const first = useAlarms((s) => s.first);
  const spoken = severityOrder.map((s) => `${summary.bySeverity[s].total} ${severities[s].name.toLowerCase()}`).join(', ');
  return (
    <div className={classes['banner']} role="region" aria-label="Alarm summary">
      <Link to="/alarms" className={classes['sum']} aria-label={`Alarms: ${spoken}; ${summary.unacknowledged} unacknowledged${flood ? '; alarm flood' : ''}`}>
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
        <span className={classes['owed']}>{complete ? <>{summary.unacknowledged}<span className={classes['word']}> unacknowledged</span></> : 'alarm list is being read…'}</span>
      </Link>
      {first ? (
        <Link to={`/alarms?alarm=${encodeURIComponent(first.key)}`} className={`tep-live ${classes['first']}`} title="The severest alarm that nobody has acknowledged; open it">
          <SeverityMark severity={first.severity} size={16} />
          <span className={classes['firstTitle']}>{first.title}</span>
          <span className={classes['dim']}>{first.unit?.name}</span>
        </Link>
      ) : null}
    </div>
  );
}
