import { NavLink, useSearchParams } from 'react-router';

import type { KnowledgeDocumentsQuery, SearchKnowledgeQuery } from '@/api/generated/graphql';
import { Empty, Panel } from '@/ui/page';

import classes from './knowledge.module.css';
import { kindNames, kinds, origins } from './words';

type Line = KnowledgeDocumentsQuery['knowledgeDocuments']['edges'][number]['node'];
type Search = SearchKnowledgeQuery['searchKnowledge'];

/** Search and filter stay in the address while documents are read. */
function useTo(): (id: string) => { pathname: string; search: string; hash: string } {
  const [search] = useSearchParams();
  return (id) => {
    const [document = '', anchor] = id.split('#');
    return { pathname: `/knowledge/${document}`, search: search.toString(), hash: anchor ? `#${anchor}` : '' };
  };
}

/** What there is, by kind. A kind is open when it is small, or holds what is read. */
export function Documents({ documents, open }: { documents: readonly Line[] | null; open: string | null }) {
  const to = useTo();
  if (documents === null) return <Panel><Empty>Reading what is known…</Empty></Panel>;
  if (documents.length === 0) return <Panel><Empty>Nothing is known of this.</Empty></Panel>;
  return (
    <Panel label="Documents">
      {kindNames.map((kind) => {
        const of = documents.filter((document) => document.kind === kind);
        if (of.length === 0) return null;
        return (
          <details key={kind} open={documents.length <= 40 || kind === 'RESPONSE' || kind === 'DOCUMENT' || of.some(({ id }) => id === open)}>
            <summary className={classes['kind']}>{kinds[kind]} <span className={classes['dim']}>{of.length}</span></summary>
            <ul className={classes['list']}>
              {of.map(({ id, title, problem, origin }) => (
                <li key={id}>
                  <NavLink className={classes['line']} to={to(id)}>{title}</NavLink>
                  {problem ? <div className={classes['error']}>{problem}</div> : null}
                  {origin === 'BUILT_IN' ? null : <span className={classes['dim']}> {origins[origin]}</span>}
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </Panel>
  );
}

/** What a search has found, the best first, and how. */
export function Found({ found, fetching, open }: { found: Search | null; fetching: boolean; open: string | null }) {
  const to = useTo();
  if (found === null) return <Panel><Empty>{fetching ? 'Searching…' : 'Nothing was found.'}</Empty></Panel>;
  return (
    <Panel label="Found" title={found.passages.length === 0 ? 'Nothing was found' : 'Found'} aside={<span className={classes['dim']}>{found.byMeaning ? 'by words and meaning' : 'by words'}</span>}>
      {found.without ? <p className={classes['error']} role="status">Searched {found.without}.</p> : null}
      <ol className={classes['found']}>
        {found.passages.map((passage) => (
          <li key={passage.anchor}>
            <NavLink className={classes['line']} to={to(passage.anchor)} data-open={passage.document === open || undefined}>
              <strong>{passage.title}</strong>: {passage.heading}
            </NavLink>
            <p className={classes['snippet']}>{snippet(passage.text)}</p>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** The beginning of a passage, without the marks of Markdown. */
function snippet(text: string): string {
  const plain = text.replace(/^[ \t]*>+ ?/gm, '').replace(/\]\([^)]*\)/g, ']').replace(/[[\]*_`#]/g, (mark) => (mark === '_' ? '_' : '')).replace(/\s+/g, ' ');
  return plain.length > 220 ? `${plain.slice(0, 220)}…` : plain;
}
