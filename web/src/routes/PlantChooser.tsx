import { NativeSelect } from '@mantine/core';

import { PlantsDocument, type PlantsQuery } from '@/api/generated/graphql';
import { pageOf } from '@/api/place';
import { usePlant } from '@/api/plant';
import { usePolledQuery } from '@/api/use-polled';

import classes from './Shell.module.css';

const PLANTS_EVERY_MS = 5_000;

type Plant = PlantsQuery['plants'][number];

const go = (to: string) => window.location.assign(to);

/** The plant's name; a choice when there are several, with the node that serves the plant when there are several nodes. */
export function PlantChooser({ onChoose = go }: { onChoose?: (to: string) => void }) {
  const plant = usePlant();
  const [{ data }] = usePolledQuery(PlantsDocument, {}, PLANTS_EVERY_MS);
  const plants = data?.plants ?? [];
  const node = nodeToShow(plants, plant.key);
  return (
    <div className={classes['chooser']}>
      {plants.length > 1 ? (
        <NativeSelect
          aria-label="Plant" size="xs" value={plant.key} data={plants.map(({ key, name, health }) => ({ value: key, label: health === 'STOPPED' ? `${name} (stopped)` : name }))}
          onChange={(event) => onChoose(pageOf(event.currentTarget.value, window.location.pathname))}
        />
      ) : (
        <div className={classes['plant']} title={plant.name}>{plant.name}</div>
      )}
      {node && <span className={classes['dim']}>on {node}</span>}
    </div>
  );
}

/** One node is nothing to tell. */
function nodeToShow(plants: readonly Plant[], key: string): string | null {
  const nodes = new Set(plants.flatMap(({ node }) => node ?? []));
  return nodes.size > 1 ? (plants.find((plant) => plant.key === key)?.node ?? 'no node') : null;
}
