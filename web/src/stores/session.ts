import { create } from 'zustand';

import { AuthError, authState, setUp, signIn, signOut, type AuthState } from '@/api/auth';

export type SessionPhase = 'loading' | 'unreachable' | 'setup' | 'signed-out' | 'signed-in';

interface SessionState {
  phase: SessionPhase;
  user: AuthState['user'];
  expiresAt: string | null;
  /** Why the last session ended, when it ended by itself. */
  notice: string | null;
}

export const useSession = create<SessionState>(() => ({ phase: 'loading', user: null, expiresAt: null, notice: null }));

function phaseOf(state: AuthState): SessionPhase {
  if (state.user) return 'signed-in';
  return state.setupRequired ? 'setup' : 'signed-out';
}

export async function loadSession(): Promise<void> {
  try {
    const state = await authState();
    useSession.setState({ phase: phaseOf(state), user: state.user, expiresAt: state.expiresAt });
  } catch (error) {
    // Somebody who is signed in keeps the page, with everything greyed; the streams say that the connection is lost.
    if (useSession.getState().phase !== 'signed-in') useSession.setState({ phase: 'unreachable', notice: error instanceof AuthError ? error.message : String(error) });
  }
}

export async function enter(name: string, password: string): Promise<void> {
  await signIn(name, password);
  useSession.setState({ notice: null });
  await loadSession();
}

export async function createAdministrator(token: string, name: string, password: string): Promise<void> {
  await setUp(token, name, password);
  useSession.setState({ notice: null });
  await loadSession();
  // Set-up may or may not sign in at once.
  if (useSession.getState().phase !== 'signed-in') await enter(name, password);
}

export async function leaveSession(): Promise<void> {
  try {
    await signOut();
  } finally {
    useSession.setState({ phase: 'signed-out', user: null, expiresAt: null, notice: null });
  }
}

/** The server no longer knows us: ask it, rather than believe the one answer, and say why. */
export async function sessionEnded(): Promise<void> {
  if (useSession.getState().phase !== 'signed-in') return;
  useSession.setState({ phase: 'loading', notice: 'Your session has ended. Sign in again.' });
  await loadSession();
}
