import { SegmentedControl } from '@mantine/core';
import { useEffect, useMemo, type ComponentProps } from 'react';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { DetectorHistoryDocument, ModelsDocument, type DetectorHistoryQuery } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { useConnection } from '@/stores/connection';
import { joined, scorePoint, useDetectors, type ScorePoint } from '@/stores/detectors';
import { followDetectors } from '@/stores/streams';
import { Empty, Page, Problem } from '@/ui/page';

import { DetectorPanel } from './DetectorPanel';
import type { Scale } from './ScoreChart';
import { useModelOrders } from './use-model-orders';

/** A viewer may ask for so much only. */
const HISTORY = 160;
const ASK_EVERY_MS = 3_000;

export function DetectorsPage() {
  useEffect(() => followDetectors(), []);
  const refusal = useConnection((s) => s.refusals.detectors);
  const order = useDetectors((s) => s.order);
  const epoch = useDetectors((s) => s.epoch);
  const [search, setSearch] = useSearchParams();
  // During a fault a statistic is hundreds of times its limit; only a logarithm shows both.
  const scale: Scale = search.get('scale') === 'linear' ? 'linear' : 'log';
  const [{ data, error }, ask] = useQuery({ query: DetectorHistoryDocument, variables: { count: HISTORY }, requestPolicy: 'cache-and-network' });
  const [{ data: kept, error: unread }, askModels] = usePolledQuery(ModelsDocument, {}, ASK_EVERY_MS);
  const changed = () => askModels({ requestPolicy: 'network-only' });
  const may = { train: usePermission('detector:train'), promote: usePermission('detector:promote') };
  useEffect(() => {
    // A break of the stream: what came before it must be read again, or the chart would hide the gap.
    if (epoch > 0) ask({ requestPolicy: 'network-only' });
  }, [ask, epoch]);

  const keys = order.length > 0 ? order : (data?.detectors.map((d) => d.key) ?? []);
  return (
    <Page
      title="Detectors"
      aside={<SegmentedControl size="xs" aria-label="Scale of the charts" value={scale} onChange={(value) => setSearch({ scale: value }, { replace: true })} data={[{ label: 'Logarithmic', value: 'log' }, { label: 'Linear', value: 'linear' }]} />}
    >
      <Problem>{explain(error) ?? refusal ?? explain(unread)}</Problem>
      {keys.map((key) => (
        <Watched
          key={key} watched={key} known={data?.detectors.find((d) => d.key === key)} scale={scale} onChanged={changed} may={may}
          registry={kept?.modelRegistry ?? null}
          models={kept?.models.filter((m) => m.detector === key) ?? []}
          jobs={kept?.trainingJobs.filter((j) => j.detector === key) ?? []}
        />
      ))}
      {keys.length === 0 && !error ? <Empty>{data ? 'This plant has no detectors.' : 'Reading the detectors…'}</Empty> : null}
    </Page>
  );
}

type Known = DetectorHistoryQuery['detectors'][number];

interface WatchedProps extends Pick<ComponentProps<typeof DetectorPanel>, 'scale' | 'may' | 'registry' | 'models' | 'jobs'> {
  watched: string;
  known: Known | undefined;
  onChanged: () => void;
}

const NOTHING: readonly ScorePoint[] = [];

/** One detector with its points: the same ones until a sample comes, so that nothing else draws its charts anew. */
function Watched({ watched, known, onChanged, ...panel }: WatchedProps) {
  const orders = useModelOrders(onChanged);
  const detector = useDetectors((s) => s.detectors[watched]) ?? known;
  const arrived = useDetectors((s) => s.arrived[watched]) ?? NOTHING;
  const besides = useDetectors((s) => s.beside[watched]) ?? NOTHING;
  const [recent, shadowed] = [known?.recent, detector?.shadow ? known?.recentOfShadow : undefined];
  const history = useMemo(() => recent?.map(scorePoint) ?? NOTHING, [recent]);
  const shadowHistory = useMemo(() => shadowed?.map(scorePoint) ?? NOTHING, [shadowed]);
  const points = useMemo(() => joined(history, arrived), [history, arrived]);
  const shaded = detector?.shadow != null;
  const shadowPoints = useMemo(() => (shaded ? joined(shadowHistory, besides) : NOTHING), [shaded, shadowHistory, besides]);
  return detector ? <DetectorPanel {...panel} orders={orders} detector={detector} tags={known?.tags ?? []} points={points} shadowPoints={shadowPoints} /> : null;
}
