import { Checkbox, Group, TextInput } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';

import { usePermission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { useConnection } from '@/stores/connection';
import { followSupervision } from '@/stores/streams';
import { useSupervision, type Actor, type SupervisionNote } from '@/stores/supervision';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import { ActorTree } from './ActorTree';
import { ReasonDialog, type Intent } from './ReasonDialog';
import classes from './supervision.module.css';
import { count, isTroubled, onlyNamed, onlyTroubled } from './tree';
import { useActorOrders } from './use-actor-orders';

export function SupervisionPage() {
  useEffect(() => followSupervision(), []);
  const tree = useSupervision((s) => s.tree);
  const refusal = useConnection((s) => s.refusals.supervision);
  const notes = useSupervision((s) => s.notes);
  const [filtered, setFiltered] = useState(false);
  const [words, setWords] = useState('');
  const [intent, setIntent] = useState<Intent | null>(null);
  const may = { restart: usePermission('supervision:restart'), pause: usePermission('supervision:pause') };
  const orders = useActorOrders();
  const shown = useMemo(() => {
    const troubled = tree && filtered ? onlyTroubled(tree) : tree;
    return troubled && onlyNamed(troubled, words);
  }, [tree, filtered, words]);
  const searching = filtered || words.trim() !== '';
  return (
    <Page
      title="Supervision"
      aside={
        <Group gap="md">
          <TextInput size="xs" aria-label="Filter by name or role" placeholder="Filter by name or role" value={words} onChange={(e) => setWords(e.currentTarget.value)} />
          <Checkbox size="xs" label="Only what is not running, or was restarted" checked={filtered} onChange={(e) => setFiltered(e.currentTarget.checked)} />
        </Group>
      }
    >
      <Problem>{refusal}</Problem>
      <Problem>{orders.refusal}</Problem>
      {tree ? <Summary tree={tree} /> : null}
      <div className={classes['columns']}>
        <Panel title="Actors" label="Actors" flush>
          {shown ? <ActorTree key={String(searching)} root={shown} allOpen={searching} may={may} onOrder={setIntent} /> : <Empty>{nothingShown(tree !== null, words)}</Empty>}
        </Panel>
        <Notes notes={notes} />
      </div>
      <ReasonDialog intent={intent} onClose={() => setIntent(null)} onSend={({ command, actor }, reason) => { setIntent(null); orders.order(command, actor, reason); }} />
    </Page>
  );
}

function nothingShown(known: boolean, words: string): string {
  if (!known) return 'Reading the actors…';
  return words.trim() === '' ? 'Everything runs, and nothing was restarted.' : 'No actor of that name or role.';
}

function Summary({ tree }: { tree: Actor }) {
  const all = count(tree, () => true);
  const troubled = count(tree, isTroubled);
  const restarts = count(tree, () => true, (actor) => actor.restarts);
  return <p className={classes['summary']}>{all} actors; {troubled === 0 ? 'all run' : troubled === 1 ? '1 does not run as it should' : `${troubled} do not run as they should`}; {restarts} {restarts === 1 ? 'restart' : 'restarts'}.</p>;
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
