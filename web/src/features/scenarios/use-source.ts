import { useState } from 'react';
import { useMutation, type CombinedError } from 'urql';

import { explain } from '@/api/errors';
import { PauseSimulationDocument, ResetSimulationDocument, SetDisturbanceDocument, SetSimulationSpeedDocument, type SourcePayloadPartsFragment } from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';
import { takeSource } from '@/stores/live';

export interface SourceOrders {
  setSpeed: (speed: number) => void;
  pause: (paused: boolean) => void;
  reset: () => void;
  setDisturbance: (number: number, active: boolean) => void;
  busy: boolean;
  /** Why the last order was not carried out. */
  refusal: string | null;
}

/** Orders to the source; each is a new intent and carries a key of its own. */
export function useSource(): SourceOrders {
  const [speeding, sendSpeed] = useMutation(SetSimulationSpeedDocument);
  const [pausing, sendPause] = useMutation(PauseSimulationDocument);
  const [resetting, sendReset] = useMutation(ResetSimulationDocument);
  const [disturbing, sendDisturbance] = useMutation(SetDisturbanceDocument);
  const [refusal, setRefusal] = useState<string | null>(null);

  const settle = (payload: SourcePayloadPartsFragment | undefined, error: CombinedError | undefined) => {
    if (payload?.source) takeSource(payload.source);
    const refused = payload?.userErrors.map((e) => e.message).join(' ') ?? '';
    setRefusal(explain(error) ?? (refused || null));
  };

  return {
    setSpeed: (speed) => void sendSpeed({ input: { speed, idempotencyKey: uuid() } }).then(({ data, error }) => settle(data?.setSimulationSpeed, error)),
    pause: (paused) => void sendPause({ input: { paused, idempotencyKey: uuid() } }).then(({ data, error }) => settle(data?.pauseSimulation, error)),
    reset: () => void sendReset({ input: { idempotencyKey: uuid() } }).then(({ data, error }) => settle(data?.resetSimulation, error)),
    setDisturbance: (number, active) => void sendDisturbance({ input: { number, active, idempotencyKey: uuid() } }).then(({ data, error }) => settle(data?.setDisturbance, error)),
    busy: speeding.fetching || pausing.fetching || resetting.fetching || disturbing.fetching,
    refusal,
  };
}
