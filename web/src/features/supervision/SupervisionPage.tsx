import { Checkbox } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';

import { formatTime } from '@/lib/format';
import { useConnection } from '@/stores/connection';
import { followSupervision } from '@/stores/streams';
import { useSupervision, type Actor, type SupervisionNote } from '@/stores/supervision';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import { ActorTree } from './ActorTree';
import classes from './supervision.module.css';
import { count, isTroubled, onlyTroubled } from './tree';

export function SupervisionPage() {
  useEffect(() => followSupervision(), []);
  const tree = useSupervision((s) => s.tree);
  const refusal = useConnection((s) => s.refusals.supervision);
  const notes = useSupervision((s) => s.notes);
  const [filtered, setFiltered] = useState(false);
  const shown = useMemo(() => (tree && filtered ? onlyTroubled(tree) : tree), [tree, filtered]);
  return (
    <Page
      title="Supervision"
      aside={<Checkbox size="xs" label="Only what is not running, or was restarted" checked={filtered} onChange={(e) => setFiltered(e.currentTarget.checked)} />}
    >
      <Problem>{refusal}</Problem>
      {tree ? <Summary tree={tree} /> : null}
      <div className={classes['columns']}>
        <Panel title="Actors" label="Actors" flush>
          {shown ? <ActorTree key={String(filtered)} root={shown} allOpen={filtered} /> : <Empty>{tree ? 'Everything runs, and nothing was restarted.' : 'Reading the actors…'}</Empty>}
        </Panel>
        <Notes notes={notes} />
      </div>
    </Page>
  );
}

function Summary({ tree }: { tree: Actor }) {
  const all = count(tree, () => true);
  const troubled = count(tree, isTroubled);
  const restarts = count(tree, () => true, (actor) => actor.restarts);
  return <p className={classes['summary']}>{all} actors; {troubled === 0 ? 'all run' : `${troubled} do not run as they should`}; {restarts} restarts.</p>;
}

function Notes({ notes }: { notes: readonly SupervisionNote[] }) {
  return (
    <Panel title="What happened" label="What happened">
      {notes.length === 0 ? <Empty>Nothing since this page was opened.</Empty> : null}
      {notes.map((note) => (
        <div key={note.id} className={classes['note']}>
          <span className="tep-number">{formatTime(note.at)}</span> {note.message}
          <div className={classes['dim']}>{note.actor}</div>
        </div>
      ))}
    </Panel>
  );
}
