import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { AuditPage } from './AuditPage';

function row(n: number, rest: object = {}) {
  return { cursor: `c${n}`, node: { id: `${n}`, at: '2026-01-01T00:00:00Z', who: 'olga', action: 'alarm:shelve', on: 'alarm:tennessee-eastman/XMEAS_7/HIGH', allowed: true, before: null, what: `order ${n}`, client: '192.0.2.7 browser', ...rest } };
}

function show({ allowed = true, path = '/audit' } = {}) {
  const reason = allowed ? null : 'needs the role engineer';
  const scripted = scriptedClient({
    Viewer: () => ({ data: { viewer: { id: 'u', name: 'a', role: 'ENGINEER', permissions: [{ action: 'audit:read', allowed, reason }, { action: 'alarm:shelve', allowed: true, reason: null }] } } }),
    Audit: ({ after }) => ({
      data: { audit: after === null ? { edges: [row(2, { allowed: false, who: 'vera', what: 'refused: needs the role operator' })], pageInfo: { hasNextPage: true } } : { edges: [row(1)], pageInfo: { hasNextPage: false } } },
    }),
  });
  renderPage(<AuditPage />, { client: scripted.client, path });
  return scripted.asked;
}

test('what was refused says so with its reason, and older rows come when they are asked for', async () => {
  const asked = show();
  expect(await screen.findByText('refused: needs the role operator')).toBeInTheDocument();
  expect(screen.getByText('refused')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Show older rows' }));
  expect(await screen.findByText('order 1')).toBeInTheDocument();
  expect(screen.getByText('refused: needs the role operator')).toBeInTheDocument();
  expect(asked.filter(({ operation }) => operation === 'Audit').at(-1)?.variables).toMatchObject({ after: 'c2' });
});

test('only what was refused is asked for when somebody wants that', async () => {
  const asked = show({ path: '/audit?who=vera' });
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Only what was refused' }));
  await waitFor(() => expect(asked.filter(({ operation }) => operation === 'Audit').at(-1)?.variables).toMatchObject({ filter: { who: 'vera', refused: true } }));
  expect(screen.getByRole('link', { name: 'Download as CSV' })).toHaveAttribute('href', '/exports/audit.csv?who=vera&refused=true');
});

test('whoever may not read it is told why, and nothing is asked', async () => {
  const asked = show({ allowed: false });
  expect(await screen.findByText('You may not read the audit: needs the role engineer.')).toBeInTheDocument();
  expect(asked.some(({ operation }) => operation === 'Audit')).toBe(false);
});
