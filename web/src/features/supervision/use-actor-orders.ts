import { useState } from 'react';
import { useMutation, type CombinedError } from 'urql';

import { explain } from '@/api/errors';
import { PauseActorDocument, RestartActorDocument, ResumeActorDocument, type ActorPayloadPartsFragment } from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';
import { takeActor, type Actor } from '@/stores/supervision';

export type Command = 'restart' | 'pause' | 'resume';

export interface ActorOrders {
  order: (command: Command, actor: Actor, reason: string) => void;
  busy: boolean;
  /** Why the last order was not carried out. */
  refusal: string | null;
}

/** Orders to parts of the tree; each is a new intent and carries a key of its own. */
export function useActorOrders(): ActorOrders {
  const [restarting, restart] = useMutation(RestartActorDocument);
  const [pausing, pause] = useMutation(PauseActorDocument);
  const [resuming, resume] = useMutation(ResumeActorDocument);
  const [refusal, setRefusal] = useState<string | null>(null);

  const settle = (payload: ActorPayloadPartsFragment | undefined, error: CombinedError | undefined) => {
    if (payload?.actor) takeActor(payload.actor);
    const refused = payload?.userErrors.map((e) => e.message).join(' ') ?? '';
    setRefusal(explain(error) ?? (refused || null));
  };

  return {
    order: (command, actor, reason) => {
      const input = { key: actor.key, reason, idempotencyKey: uuid() };
      setRefusal(null);
      switch (command) {
        case 'restart': void restart({ input }).then(({ data, error }) => settle(data?.restartActor, error)); break;
        case 'pause': void pause({ input }).then(({ data, error }) => settle(data?.pauseActor, error)); break;
        case 'resume': void resume({ input }).then(({ data, error }) => settle(data?.resumeActor, error)); break;
      }
    },
    busy: restarting.fetching || pausing.fetching || resuming.fetching,
    refusal,
  };
}
