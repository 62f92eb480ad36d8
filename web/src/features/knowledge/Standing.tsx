import type { KnowledgeStateQuery } from '@/api/generated/graphql';
import { formatTime } from '@/lib/format';
import { Panel } from '@/ui/page';

import classes from './knowledge.module.css';

type State = KnowledgeStateQuery['knowledge'];

/** How the library stands: what can be found, how, and what is wrong. */
export function Standing({ state }: { state: State | null }) {
  if (state === null) return null;
  const missing = state.passages - state.passagesWithMeaning;
  return (
    <Panel label="The library">
      <div className={classes['dim']}>
        {state.documents} documents, {state.passages} passages{state.readAt ? `, read ${formatTime(state.readAt)}` : ''}.{' '}
        {state.encoder === null ? 'Found by words; no sentence encoder is configured, which would find by meaning as well.' : missing > 0 ? `Found by words; meaning is known of ${state.passagesWithMeaning} so far.` : 'Found by words and meaning.'}
        {state.hasServer && !state.serverProblem ? ' A Qdrant server is searched.' : ''}
      </div>
      {state.serverProblem ? <p className={classes['error']}>The Qdrant server is away, so the index of this node is searched: {state.serverProblem}</p> : null}
      {state.encoderProblem ? <p className={classes['error']}>Meaning cannot be computed: {state.encoderProblem}</p> : null}
      {state.problems.map((problem) => <p key={problem} className={classes['error']}>{problem}</p>)}
    </Panel>
  );
}
