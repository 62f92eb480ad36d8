import { Link } from 'react-router';
import { useQuery } from 'urql';

import { KnownOfAlarmDocument, type KnownOfAlarmQuery } from '@/api/generated/graphql';

import classes from './alarms.module.css';

type About = NonNullable<KnownOfAlarmQuery['aboutTag']>['edges'][number]['node'];

/** The article of the tag itself, and what the site has written about it; not everything that mentions it. */
function isAbout({ kind, tags, origin }: About, tag: string): boolean {
  return origin !== 'BUILT_IN' || ((kind === 'MEASUREMENT' || kind === 'VALVE') && tags[0] === tag);
}

/** What is known beforehand of an alarm: what to do at it, which disturbances raise it, and the article of its tag. */
export function Known({ alarm, tag }: { alarm: string; tag: string | null }) {
  const [{ data }] = useQuery({ query: KnownOfAlarmDocument, variables: { alarm, tag, withTag: tag !== null } });
  const answers = data?.answers.edges.map(({ node }) => node) ?? [];
  const about = tag === null ? [] : (data?.aboutTag?.edges.map(({ node }) => node) ?? []).filter((node) => isAbout(node, tag));
  const first = [...answers.filter(({ kind }) => kind !== 'DISTURBANCE'), ...about.filter(({ id }) => !answers.some((known) => known.id === id))];
  const disturbances = answers.filter(({ kind }) => kind === 'DISTURBANCE');
  if (first.length + disturbances.length === 0) return null;
  return (
    <section className={classes['section']} aria-label="What is known of it">
      <h3>What is known of it</h3>
      <ul className={classes['known']}>
        {first.map(({ id, title }) => <li key={id}><Link to={`/knowledge/${id}`}>{title}</Link></li>)}
      </ul>
      {disturbances.length > 0 ? (
        <details>
          <summary>Raised by {disturbances.length === 1 ? 'one disturbance' : `${disturbances.length} disturbances`} in every run</summary>
          <ul className={classes['known']}>
            {disturbances.map(({ id, title }) => <li key={id}><Link to={`/knowledge/${id}`}>{title}</Link></li>)}
          </ul>
        </details>
      ) : null}
    </section>
  );
}
