import { Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { KnowledgeDocumentsDocument, KnowledgeStateDocument, SearchKnowledgeDocument, type KnowledgeFilter, type KnowledgeKind, type KnowledgeOrigin } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { usePermission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { GuardedButton } from '@/ui/guarded';
import { Page, Panel, Problem } from '@/ui/page';

import { AddDocument } from './AddDocument';
import { Article } from './Article';
import { Documents, Found } from './Documents';
import classes from './knowledge.module.css';
import { Standing } from './Standing';
import { kindNames, kinds, originNames, origins } from './words';

const DOCUMENTS = 500;
const PASSAGES = 20;
const ASK_EVERY_MS = 10_000;

/** Everything that is known beforehand: to browse, to search, to read and to add to. */
export function KnowledgePage() {
  const { '*': id } = useParams();
  const [filter, question, set] = useFilter();
  const editing = usePermission('knowledge:edit');
  const [adding, setAdding] = useState(false);
  const [{ data: state }, askState] = usePolledQuery(KnowledgeStateDocument, {}, ASK_EVERY_MS);
  const [{ data, error }, ask] = useQuery({ query: KnowledgeDocumentsDocument, variables: { filter, first: DOCUMENTS }, requestPolicy: 'cache-and-network' });
  const asked = question.trim();
  const [{ data: found, error: failed, fetching }] = useQuery({ query: SearchKnowledgeDocument, variables: { question: asked, filter, first: PASSAGES }, pause: asked === '' });
  const changed = () => {
    ask({ requestPolicy: 'network-only' });
    askState({ requestPolicy: 'network-only' });
  };
  return (
    <Page title="Knowledge" aside={<GuardedButton permission={editing} variant="default" onClick={() => setAdding(true)}>Add a document…</GuardedButton>}>
      <Problem>{explain(error) ?? explain(failed)}</Problem>
      <div className={classes['columns']}>
        <div className={classes['side']}>
          <Search filter={filter} question={question} onChange={set} />
          {asked === '' ? <Documents documents={data?.knowledgeDocuments.edges.map(({ node }) => node) ?? null} open={id ?? null} /> : <Found found={found?.searchKnowledge ?? null} fetching={fetching} open={id ?? null} />}
          <Standing state={state?.knowledge ?? null} />
        </div>
        <div className={classes['main']} data-reading={id ? true : undefined}>
          {id ? <Article key={id} id={id} onRemoved={changed} /> : <Panel><p className={classes['dim']}>Choose a document, or ask a question: “reactor pressure at 2900 and rising, first thing to look at?”</p></Panel>}
        </div>
      </div>
      <AddDocument opened={adding} onClose={() => setAdding(false)} onAdded={changed} />
    </Page>
  );
}

type Change = Partial<Record<'q' | 'unit' | 'kind' | 'origin' | 'tag', string | null>>;

function Search({ filter, question, onChange }: { filter: KnowledgeFilter; question: string; onChange: (change: Change) => void }) {
  const plant = usePlant();
  const [draft, setDraft] = useState(question);
  const [asked, setAsked] = useState(question);
  // A link may lead here with another question, or with none.
  if (question !== asked) {
    setAsked(question);
    setDraft(question);
  }
  return (
    <Panel label="Search">
      <form
        role="search"
        onSubmit={(event) => { event.preventDefault(); onChange({ q: draft }); }}
      >
        <TextInput
          label="Question or words"
          placeholder="why is the steam valve open?"
          value={draft}
          maxLength={1000}
          onChange={(event) => { setDraft(event.currentTarget.value); if (event.currentTarget.value === '') onChange({ q: null }); }}
          rightSectionWidth={72}
          rightSection={<button type="submit" className={classes['ask']}>Search</button>}
        />
      </form>
      <Group grow gap="xs" mt="xs">
        <Select label="Unit" clearable placeholder="all" data={plant.units.map(({ key, name }) => ({ value: key, label: name }))} value={filter.unit ?? null} onChange={(unit) => onChange({ unit })} />
        <Select label="Kind" clearable placeholder="all" data={kindNames.map((kind) => ({ value: kind, label: kinds[kind] }))} value={filter.kinds?.[0] ?? null} onChange={(kind) => onChange({ kind })} />
      </Group>
      <Group grow gap="xs" mt="xs">
        <Select label="Tag" clearable searchable placeholder="all" limit={60} data={plant.tags.map(({ key, name }) => ({ value: key, label: `${key} ${name}` }))} value={filter.tag ?? null} onChange={(tag) => onChange({ tag })} />
        <Select label="From" clearable placeholder="everywhere" data={originNames.map((origin) => ({ value: origin, label: origins[origin] }))} value={filter.origins?.[0] ?? null} onChange={(origin) => onChange({ origin })} />
      </Group>
    </Panel>
  );
}

function useFilter(): [KnowledgeFilter, string, (change: Change) => void] {
  const [search, setSearch] = useSearchParams();
  const one = <T extends string>(name: string, known: readonly T[]): T[] | null => {
    const value = search.get(name);
    return value !== null && (known as readonly string[]).includes(value) ? [value as T] : null;
  };
  const filter: KnowledgeFilter = {
    unit: search.get('unit'), tag: search.get('tag'), alarm: null,
    kinds: one<KnowledgeKind>('kind', kindNames), origins: one<KnowledgeOrigin>('origin', originNames),
  };
  const set = (change: Change) => {
    const params = new URLSearchParams(search);
    for (const [name, value] of Object.entries(change)) if (value) params.set(name, value); else params.delete(name);
    setSearch(params, { replace: true });
  };
  return [filter, search.get('q') ?? '', set];
}
