import type { RegisterChangePartsFragment } from '@/api/generated/graphql';

import classes from './register.module.css';

interface Props {
  differences: RegisterChangePartsFragment['differences'];
  before: string;
  after: string;
}

/** Field by field, what it said and what it says. */
export function Differences({ differences, before, after }: Props) {
  if (differences.length === 0) return null;
  return (
    <table className={classes['differences']}>
      <thead><tr><th scope="col">Field</th><th scope="col">{before}</th><th scope="col">{after}</th></tr></thead>
      <tbody>
        {differences.map((one) => (
          <tr key={one.field}><th scope="row">{one.field}</th><td>{one.before ?? '–'}</td><td>{one.after ?? '–'}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
