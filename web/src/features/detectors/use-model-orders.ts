import { useState } from 'react';
import { useMutation, type CombinedError } from 'urql';

import { explain } from '@/api/errors';
import {
  CancelTrainingDocument, PromoteModelDocument, PublishModelDocument, PullModelDocument, RetireModelDocument, RollBackModelDocument, TrainDetectorDocument,
  type ModelPayloadPartsFragment, type ModelState, type TrainDetectorInput,
} from '@/api/generated/graphql';
import { uuid } from '@/lib/uuid';

export type Training = Omit<TrainDetectorInput, 'idempotencyKey'>;

export interface ModelOrders {
  train: (training: Training) => void;
  cancel: (job: string, reason: string) => void;
  promote: (model: string, to: ModelState, reason: string) => void;
  rollBack: (detector: string, reason: string) => void;
  retire: (model: string, reason: string) => void;
  publish: (model: string, reason: string) => void;
  /** Fetches what has been approved in the registry. */
  pull: (detector: string, reason: string) => void;
  busy: boolean;
  /** Why the last order was not carried out. */
  refusal: string | null;
}

/** Orders of models; each is a new intent and carries a key of its own. */
export function useModelOrders(onDone: () => void): ModelOrders {
  const [training, train] = useMutation(TrainDetectorDocument);
  const [cancelling, cancel] = useMutation(CancelTrainingDocument);
  const [promoting, promote] = useMutation(PromoteModelDocument);
  const [rollingBack, rollBack] = useMutation(RollBackModelDocument);
  const [retiring, retire] = useMutation(RetireModelDocument);
  const [publishing, publish] = useMutation(PublishModelDocument);
  const [pulling, pull] = useMutation(PullModelDocument);
  const [refusal, setRefusal] = useState<string | null>(null);

  const settle = (payload: ModelPayloadPartsFragment | undefined, error: CombinedError | undefined) => {
    const refused = payload?.userErrors.map((e) => e.message).join(' ') ?? '';
    setRefusal(explain(error) ?? (refused || null));
    onDone();
  };
  const begin = () => {
    setRefusal(null);
    return uuid();
  };

  return {
    train: (input) => void train({ input: { ...input, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.trainDetector, error)),
    cancel: (job, reason) => void cancel({ input: { job, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.cancelTraining, error)),
    promote: (model, to, reason) => void promote({ input: { model, to, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.promoteModel, error)),
    rollBack: (detector, reason) => void rollBack({ input: { detector, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.rollBackModel, error)),
    retire: (model, reason) => void retire({ input: { model, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.retireModel, error)),
    publish: (model, reason) => void publish({ input: { model, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.publishModel, error)),
    pull: (detector, reason) => void pull({ input: { detector, alias: 'approved', number: null, reason, idempotencyKey: begin() } }).then(({ data, error }) => settle(data?.pullModel, error)),
    busy: publishing.fetching || pulling.fetching || training.fetching || cancelling.fetching || promoting.fetching || rollingBack.fetching || retiring.fetching,
    refusal,
  };
}
