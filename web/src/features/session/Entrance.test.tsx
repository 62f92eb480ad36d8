import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { loadSession, sessionEnded, useSession } from '@/stores/session';

import { Entrance } from './Entrance';

/** A server of three answers: the state, and what it says to the next order. */
let state: { setupRequired: boolean; user: { name: string; role: string } | null; expiresAt: string | null };
let order: () => Response;
let sent: { path: string; body: unknown }[];

beforeEach(() => {
  state = { setupRequired: false, user: null, expiresAt: null };
  sent = [];
  order = () => new Response('{}');
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path === '/auth/state') return Promise.resolve(new Response(JSON.stringify(state)));
    sent.push({ path, body: JSON.parse(typeof init.body === 'string' ? init.body : 'null') });
    return Promise.resolve(order());
  });
  useSession.setState({ phase: 'loading', user: null, expiresAt: null, notice: null }, true);
});

async function open() {
  await loadSession();
  render(<MantineProvider env="test"><Entrance /></MantineProvider>);
}

async function signIn() {
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'mina');
  await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'secret');
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

test('who signs in is let in, whatever the case of the role', async () => {
  await open();
  state = { ...state, user: { name: 'mina', role: 'operator' } };
  await signIn();
  expect(sent).toEqual([{ path: '/auth/sign-in', body: { name: 'mina', password: 'secret' } }]);
  expect(useSession.getState()).toMatchObject({ phase: 'signed-in', user: { name: 'mina', role: 'OPERATOR' } });
});

test('a refusal is shown, with how long to wait', async () => {
  await open();
  order = () => new Response(JSON.stringify({ code: 'RATE_LIMITED', message: 'Too many attempts.' }), { status: 429, headers: { 'retry-after': '30' } });
  await signIn();
  expect(await screen.findByRole('alert')).toHaveTextContent('Too many attempts. Try again in 30 s.');
});

test('the first start asks for the token and makes the administrator', async () => {
  state = { ...state, setupRequired: true };
  await open();
  await userEvent.type(screen.getByRole('textbox', { name: 'Set-up token' }), ' abc ');
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'mina');
  await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'secret');
  await userEvent.type(screen.getByLabelText('Repeat password', { selector: 'input' }), 'secre');
  expect(screen.getByText('The two passwords differ.')).toBeInTheDocument();
  await userEvent.type(screen.getByLabelText('Repeat password', { selector: 'input' }), 't');
  state = { setupRequired: false, user: { name: 'mina', role: 'ADMINISTRATOR' }, expiresAt: null };
  await userEvent.click(screen.getByRole('button', { name: 'Create administrator' }));
  expect(sent).toEqual([{ path: '/auth/setup', body: { token: 'abc', name: 'mina', password: 'secret' } }]);
  expect(useSession.getState().phase).toBe('signed-in');
});

test('a session that ended says so at the door', async () => {
  useSession.setState({ phase: 'signed-in', user: { name: 'mina', role: 'OPERATOR' } });
  await sessionEnded();
  render(<MantineProvider env="test"><Entrance /></MantineProvider>);
  expect(screen.getByRole('status')).toHaveTextContent('Your session has ended. Sign in again.');
});

test('a server that does not answer is not a refusal', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  await open();
  expect(screen.getByRole('alert')).toHaveTextContent('The server does not answer.');
  expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
});
