import { create } from 'zustand';

import type { StreamState } from '@/api/follow';
import { serverNow } from '@/lib/clock';

/** Streams without which the page does not show the plant as it is. */
export const essentialStreams = ['values', 'alarms'] as const;
export type StreamName = (typeof essentialStreams)[number] | 'detectors' | 'supervision';

export type ConnectionState = 'connecting' | 'live' | 'lost';

interface Connection {
  streams: Partial<Record<StreamName, StreamState>>;
  /** What the server said when it refused a stream. */
  refusals: Partial<Record<StreamName, string | null>>;
  state: ConnectionState;
  /** Wall time of the loss, ms; null while connected. */
  lostAt: number | null;
  transport: string;
  /** Once everything was live; before that the page is connecting, not lost. */
  everLive: boolean;
}

export const useConnection = create<Connection>(() => ({ streams: {}, refusals: {}, state: 'connecting', lostAt: null, transport: 'WebSocket', everLive: false }));

export function streamChanged(name: StreamName, state: StreamState): void {
  const before = useConnection.getState();
  if (before.streams[name] === state) return;
  const streams = { ...before.streams, [name]: state };
  const live = essentialStreams.every((stream) => streams[stream] === 'live');
  const everLive = before.everLive || live;
  const next: ConnectionState = live ? 'live' : everLive ? 'lost' : 'connecting';
  useConnection.setState({ streams, state: next, everLive, lostAt: live ? null : (before.lostAt ?? (everLive ? serverNow() : null)) });
}

export function streamRefused(name: StreamName, words: string | null): void {
  useConnection.setState(({ refusals }) => ({ refusals: { ...refusals, [name]: words } }));
}

export function streamLeft(name: StreamName): void {
  useConnection.setState(({ streams, refusals }) => ({ streams: { ...streams, [name]: undefined }, refusals: { ...refusals, [name]: null } }));
}

export function transportChosen(transport: string): void {
  useConnection.setState({ transport });
}

export function forgetConnection(): void {
  useConnection.setState({ streams: {}, refusals: {}, state: 'connecting', lostAt: null, everLive: false });
}
