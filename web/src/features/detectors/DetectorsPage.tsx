import { SegmentedControl } from '@mantine/core';
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { explain } from '@/api/errors';
import { DetectorHistoryDocument, ModelsDocument } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { useConnection } from '@/stores/connection';
import { scorePoint, useDetectors, withPoint, type Scored, type ScorePoint } from '@/stores/detectors';
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
  const { detectors, order, arrived, beside, epoch } = useDetectors();
  const [search, setSearch] = useSearchParams();
  // During a fault a statistic is hundreds of times its limit; only a logarithm shows both.
  const scale: Scale = search.get('scale') === 'linear' ? 'linear' : 'log';
  const [{ data, error }, ask] = useQuery({ query: DetectorHistoryDocument, variables: { count: HISTORY }, requestPolicy: 'cache-and-network' });
  const [{ data: kept, error: unread }, askModels] = usePolledQuery(ModelsDocument, {}, ASK_EVERY_MS);
  const orders = useModelOrders(() => askModels({ requestPolicy: 'network-only' }));
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
      <Problem>{orders.refusal}</Problem>
      {keys.map((key) => {
        const known = data?.detectors.find((d) => d.key === key);
        const detector = detectors[key] ?? known;
        return detector ? (
          <DetectorPanel
            key={key} detector={detector} tags={known?.tags ?? []} scale={scale} orders={orders} may={may}
            points={merged(known?.recent ?? [], arrived[key] ?? [])}
            shadowPoints={detector.shadow ? merged(known?.recentOfShadow ?? [], beside[key] ?? []) : []}
            registry={kept?.modelRegistry ?? null}
            models={kept?.models.filter((m) => m.detector === key) ?? []}
            jobs={kept?.trainingJobs.filter((j) => j.detector === key) ?? []}
          />
        ) : null;
      })}
      {keys.length === 0 && !error ? <Empty>{data ? 'This plant has no detectors.' : 'Reading the detectors…'}</Empty> : null}
    </Page>
  );
}

/** History, then what the stream brought after it. */
function merged(recent: readonly Scored[], arrived: readonly ScorePoint[]): readonly ScorePoint[] {
  return arrived.reduce(withPoint, recent.map(scorePoint));
}
