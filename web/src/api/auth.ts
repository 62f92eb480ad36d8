import { learnServerDate } from '@/lib/clock';

import type { Role } from './generated/graphql';

export interface AuthState {
  setupRequired: boolean;
  user: { name: string; role: Role } | null;
  expiresAt: string | null;
}

/** A refusal by the server, with what it said. */
export class AuthError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

async function call(path: string, body?: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`/auth/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new AuthError('UNREACHABLE', 'The server does not answer.', null);
  }
  learnServerDate(response.headers.get('date'));
  const answer = (await response.json().catch(() => null)) as { code?: string; message?: string } | null;
  if (response.ok) return answer;
  const wait = Number(response.headers.get('retry-after'));
  throw new AuthError(
    answer?.code ?? `HTTP_${response.status}`,
    answer?.message ?? `The server answered ${response.status}.`,
    response.status === 429 && Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

export async function authState(): Promise<AuthState> {
  const state = (await call('state')) as AuthState;
  // REST and GraphQL need not agree on the case of a role.
  return state.user ? { ...state, user: { ...state.user, role: state.user.role.toUpperCase() as Role } } : state;
}
export const signIn = (name: string, password: string) => call('sign-in', { name, password });
export const setUp = (token: string, name: string, password: string) => call('setup', { token, name, password });
export const signOut = () => call('sign-out', {});
export const changePassword = (current: string, next: string) => call('password', { current, new: next });
