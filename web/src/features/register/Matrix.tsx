import type { ConsequenceSeverity, RegisterRulesPartsFragment } from '@/api/generated/graphql';
import { SeverityMark } from '@/ui/marks';

import classes from './register.module.css';
import { consequences, rowOf, timeClass, worst } from './words';

const columns = ['MINOR', 'MAJOR', 'SEVERE'] as const;
const fields = { MINOR: 'minor', MAJOR: 'major', SEVERE: 'severe' } as const;

/** The plant's priority matrix, with the cell of this assessment. */
export function Matrix({ rules, minutes, all }: { rules: RegisterRulesPartsFragment; minutes: number | null; all: readonly ConsequenceSeverity[] }) {
  const here = minutes === null ? -1 : rowOf(rules, minutes);
  const column = worst(all);
  return (
    <table className={classes['matrix']} aria-label="Priority matrix">
      <thead><tr><th scope="col">Time to respond</th>{columns.map((name) => <th key={name} scope="col">{consequences[name]}</th>)}</tr></thead>
      <tbody>
        {rules.matrix.map((row, at) => (
          <tr key={timeClass(rules, at)}>
            <th scope="row">{timeClass(rules, at)}</th>
            {columns.map((name) => <td key={name} data-here={(at === here && name === column) || undefined} aria-current={at === here && name === column ? 'true' : undefined}><SeverityMark severity={row[fields[name]]} size={14} withName /></td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
