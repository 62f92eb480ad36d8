import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { afterEach, expect, test, vi } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { KnowledgePage } from './KnowledgePage';

const line = (changes: object) => ({
  id: 'disturbances/IDV_06', title: 'IDV 6: A feed lost', kind: 'DISTURBANCE', origin: 'BUILT_IN', media: 'MARKDOWN', unit: 'reactor', tags: ['XMEAS_7'], passageCount: 1,
  size: null, addedBy: null, addedAt: null, problem: null, ...changes,
});
const uploaded = line({ id: 'documents/seal-oil', title: 'Seal oil', kind: 'DOCUMENT', origin: 'UPLOADED', size: 2048, addedBy: 'erik', addedAt: '2026-01-01T00:00:00Z' });
const text = 'XMEAS_7 climbs, see [pressure](../responses/pressure.md#first-minute), [bad](javascript:alert(1)) and <img src=x onerror=alert(1)>.\n\n![a pump](pump.png)';
const found = {
  byMeaning: false, without: 'by words alone: no answer within 250 ms',
  passages: [{ anchor: 'disturbances/IDV_06#trip-risk', document: 'disturbances/IDV_06', title: 'IDV 6', heading: 'Trip risk', text, kind: 'DISTURBANCE', origin: 'BUILT_IN', unit: null, score: 1 }],
};
const standing = { documents: 2, passages: 10, passagesWithMeaning: 4, encoder: 'MiniLM', encoderProblem: null, hasServer: true, serverProblem: 'it is away', problems: ['a.pdf cannot be read'], readAt: '2026-01-01T00:00:00Z' };

function show({ allowed = true, path = '/knowledge' } = {}) {
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'ENGINEER', permissions: [{ action: 'knowledge:edit', allowed, reason: allowed ? null : 'needs the role engineer' }] } } }),
    KnowledgeDocuments: () => ({ data: { knowledgeDocuments: { totalCount: 2, edges: [{ node: line({}) }, { node: uploaded }] } } }),
    KnowledgeState: () => ({ data: { knowledge: standing } }),
    KnowledgeDocument: ({ id }) => ({ data: { knowledgeDocument: { ...(id === uploaded.id ? uploaded : line({})), alarms: ['XMEAS_7/HIGH'], passages: [{ anchor: `${String(id)}#trip-risk`, heading: 'Trip risk', text }] } } }),
    SearchKnowledge: () => ({ data: { searchKnowledge: found } }),
    RemoveKnowledgeDocument: () => ({ data: { removeKnowledgeDocument: { ok: true, userErrors: [] } } }),
  });
  renderPage(<Routes><Route path="/knowledge/*" element={<KnowledgePage />} /></Routes>, { client: scripted.client, path });
  return scripted.asked;
}

afterEach(() => vi.unstubAllGlobals());

test('an article is drawn safely: tags lead to trends, links to documents, and HTML is text', async () => {
  show({ path: '/knowledge/disturbances/IDV_06' });
  const article = await screen.findByRole('region', { name: 'IDV 6: A feed lost' });
  const passage = within(article).getByRole('heading', { name: /Trip risk/ }).closest('section');
  expect(passage).not.toBeNull();
  const within_ = within(passage as HTMLElement);
  expect(within_.getByRole('link', { name: 'XMEAS_7' })).toHaveAttribute('href', '/trends?tags=XMEAS_7&from=-1h&to=now');
  expect(within_.getByRole('link', { name: 'pressure' })).toHaveAttribute('href', '/knowledge/responses/pressure#first-minute');
  expect(within_.queryByRole('link', { name: 'bad' })).toBeNull();
  expect(within_.getByText(/onerror=alert/)).toBeInTheDocument();
  expect(document.querySelector('img, script')).toBeNull();
  expect(within_.getByText('[picture: a pump]')).toBeInTheDocument();
});

test('the passage that the address names is marked', async () => {
  show({ path: '/knowledge/disturbances/IDV_06#trip-risk' });
  const article = await screen.findByRole('region', { name: 'IDV 6: A feed lost' });
  expect(within(article).getByRole('heading', { name: /Trip risk/ }).closest('section')).toHaveAttribute('data-meant');
});

test('a search says how it was done and leads to the passage', async () => {
  const asked = show();
  await userEvent.type(await screen.findByLabelText('Question or words'), 'A feed lost{Enter}');
  const list = await screen.findByRole('region', { name: 'Found' });
  expect(within(list).getByRole('link', { name: /Trip risk/ })).toHaveAttribute('href', '/knowledge/disturbances/IDV_06?q=A+feed+lost#trip-risk');
  expect(within(list).getByRole('status')).toHaveTextContent('Searched by words alone: no answer within 250 ms.');
  expect(asked.find(({ operation }) => operation === 'SearchKnowledge')?.variables).toMatchObject({ question: 'A feed lost', first: 20 });
});

test('filters stand in the address', async () => {
  const asked = show({ path: '/knowledge?unit=reactor&kind=LOOP&origin=nonsense' });
  await screen.findByRole('region', { name: 'Documents' });
  expect(asked.find(({ operation }) => operation === 'KnowledgeDocuments')?.variables).toMatchObject({ filter: { unit: 'reactor', kinds: ['LOOP'], origins: null } });
});

test('what is wrong with the library is told', async () => {
  show();
  const library = await screen.findByRole('region', { name: 'The library' });
  for (const words of [/meaning is known of 4/, /it is away/, /a.pdf cannot be read/]) expect(library).toHaveTextContent(words);
});

test('an uploaded document is removed after a second click', async () => {
  const asked = show({ path: '/knowledge/documents/seal-oil' });
  await userEvent.click(await screen.findByRole('button', { name: 'Remove…' }));
  expect(asked.some(({ operation }) => operation === 'RemoveKnowledgeDocument')).toBe(false);
  await userEvent.click(screen.getByRole('button', { name: 'Remove it for everybody' }));
  await waitFor(() => expect(asked.find(({ operation }) => operation === 'RemoveKnowledgeDocument')?.variables).toMatchObject({ input: { id: 'documents/seal-oil' } }));
});

test('a file is uploaded with what is said of it, and a refusal is shown', async () => {
  const sent: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    sent.push(url);
    return Promise.resolve(new Response(JSON.stringify({ errors: [{ message: 'there is no text in it' }] }), { status: 422 }));
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Add a document…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add a document' });
  const input = dialog.parentElement?.querySelector<HTMLInputElement>('input[type=file]');
  await userEvent.upload(input as HTMLInputElement, new File(['# A'], 'Seal oil.md'));
  await userEvent.type(within(dialog).getByLabelText('Title'), 'Seal');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Add' }));
  expect(await within(dialog).findByText('there is no text in it')).toBeInTheDocument();
  expect(sent).toEqual(['/knowledge/documents?name=Seal+oil.md&title=Seal']);
});

test('who may not add documents sees the button disabled with the reason', async () => {
  show({ allowed: false });
  const button = await screen.findByRole('button', { name: 'Add a document…' });
  await waitFor(() => expect(button).toBeDisabled());
  expect(button).toHaveAccessibleDescription('needs the role engineer');
});
