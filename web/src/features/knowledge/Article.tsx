import { Fragment, useEffect, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { useMutation, useQuery } from 'urql';

import { explain } from '@/api/errors';
import { KnowledgeDocumentDocument, RemoveKnowledgeDocumentDocument, type KnowledgeDocumentQuery } from '@/api/generated/graphql';
import { here } from '@/api/place';
import { usePlant } from '@/api/plant';
import { usePermission } from '@/api/use-permission';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { Empty, Panel, Problem } from '@/ui/page';

import classes from './knowledge.module.css';
import { Prose } from './Prose';
import { formatSize, origins } from './words';

type Document = NonNullable<KnowledgeDocumentQuery['knowledgeDocument']>;

/** Where documents come in and go out as files. */
export const FILES = `${here.api.replace(/\/graphql$/, '')}/knowledge/documents`;

/** A document with everything that leads on from it. */
export function Article({ id, onRemoved }: { id: string; onRemoved: () => void }) {
  const [{ data, error, fetching }] = useQuery({ query: KnowledgeDocumentDocument, variables: { id }, requestPolicy: 'cache-and-network' });
  const document = data?.knowledgeDocument;
  const meant = useAnchor(document !== undefined);
  if (error) return <Problem>{explain(error)}</Problem>;
  if (!document) return <Panel><Empty>{fetching ? 'Reading the document…' : `There is no document ${id}.`}</Empty></Panel>;
  return (
    <Panel label={document.title}>
      <article className={classes['article']}>
        <h2 className={classes['title']}>{document.title}</h2>
        <Facts document={document} onRemoved={onRemoved} />
        {document.problem ? <Problem>{document.problem}</Problem> : null}
        {document.passages.map(({ anchor, heading, text }) => {
          const end = anchor.slice(anchor.indexOf('#') + 1);
          return (
            <section key={anchor} id={end} className={classes['passage']} data-meant={end === meant || undefined}>
              {heading === document.title ? null : <h3>{heading} <Link className={classes['here']} to={`#${end}`} aria-label={`Link to ${heading}`}>#</Link></h3>}
              <Prose document={document.id} text={text} />
            </section>
          );
        })}
      </article>
    </Panel>
  );
}

function Facts({ document, onRemoved }: { document: Document; onRemoved: () => void }) {
  const plant = usePlant();
  const unit = plant.units.find(({ key }) => key === document.unit);
  return (
    <div className={classes['facts']}>
      <span>{origins[document.origin]}{document.addedBy ? ` by ${document.addedBy}, ${formatTime(document.addedAt)}` : ''}{document.size === null ? '' : `, ${formatSize(document.size)}`}</span>
      {unit ? <span>Unit <Link to={`/units/${unit.key}`}>{unit.name}</Link></span> : null}
      {document.tags.length > 0 ? <span>Tags{document.tags.map((tag) => <Fragment key={tag}> <Link className={classes['tag']} to={`/trends?tags=${tag}&from=-1h&to=now`} title={plant.tag(tag)?.name}>{tag}</Link></Fragment>)}</span> : null}
      {document.alarms.length > 0 ? <details><summary>{document.alarms.length === 1 ? 'One alarm' : `${document.alarms.length} alarms`}</summary>{document.alarms.map((alarm) => <div key={alarm}><Link to={`/alarms?tab=journal&of=${encodeURIComponent(alarm)}`}>{alarm}</Link></div>)}</details> : null}
      {document.origin === 'UPLOADED' ? <Own document={document} onRemoved={onRemoved} /> : null}
    </div>
  );
}

/** What can be done with a document that somebody has uploaded. */
function Own({ document, onRemoved }: { document: Document; onRemoved: () => void }) {
  const permission = usePermission('knowledge:edit');
  const navigate = useNavigate();
  const [{ fetching, error }, remove] = useMutation(RemoveKnowledgeDocumentDocument);
  const [sure, setSure] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const done = async () => {
    const { data } = await remove({ input: { id: document.id, idempotencyKey: uuid() } });
    if (!data) return;
    const problem = data.removeKnowledgeDocument.userErrors[0];
    setRefusal(problem?.message ?? null);
    if (problem) return;
    onRemoved();
    void navigate('/knowledge');
  };
  return (
    <div>
      <a href={`${FILES}?id=${encodeURIComponent(document.id)}`} download>The file as it was uploaded</a>{' '}
      {sure
        ? <GuardedButton size="compact-xs" color="red" permission={permission} loading={fetching} onClick={() => void done()}>Remove it for everybody</GuardedButton>
        : <GuardedButton size="compact-xs" variant="default" permission={permission} onClick={() => setSure(true)}>Remove…</GuardedButton>}
      <Problem>{refusal ?? explain(error)}</Problem>
    </div>
  );
}

/** Brings the passage into sight that the address names, and says which it is: the last of a document stands in the middle of the page. */
function useAnchor(ready: boolean): string | null {
  const { hash } = useLocation();
  const meant = hash ? decodeURIComponent(hash.slice(1)) : null;
  useEffect(() => {
    if (ready && meant !== null) document.getElementById(meant)?.scrollIntoView({ block: 'start' });
  }, [ready, meant]);
  return meant;
}
