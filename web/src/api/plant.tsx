import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { useQuery } from 'urql';

import { explain } from './errors';
import { PlantDocument, type PlantQuery } from './generated/graphql';

export type PlantTag = PlantQuery['plant']['tags'][number];
export type PlantUnit = PlantQuery['plant']['units'][number];

/** The plant as configured, with the look-ups that pages need. */
export interface PlantCatalogue {
  key: string;
  name: string;
  units: readonly PlantUnit[];
  tags: readonly PlantTag[];
  loops: PlantQuery['plant']['loops'];
  tag: (key: string) => PlantTag | undefined;
  unit: (key: string) => PlantUnit | undefined;
  tagsOf: (unit: string) => readonly PlantTag[];
}

export function catalogue(plant: PlantQuery['plant']): PlantCatalogue {
  const tags = new Map(plant.tags.map((tag) => [tag.key, tag]));
  const units = new Map(plant.units.map((unit) => [unit.key, unit]));
  const byUnit = new Map(plant.units.map((unit) => [unit.key, plant.tags.filter((tag) => tag.unit.key === unit.key)]));
  return {
    key: plant.key,
    name: plant.name,
    units: plant.units,
    tags: plant.tags,
    loops: plant.loops,
    tag: (key) => tags.get(key),
    unit: (key) => units.get(key),
    tagsOf: (unit) => byUnit.get(unit) ?? [],
  };
}

const PlantContext = createContext<PlantCatalogue | null>(null);

export function PlantProvider(props: { children: ReactNode; waiting: (problem: string | null, retry: () => void) => ReactNode }) {
  const [{ data, error }, ask] = useQuery({ query: PlantDocument });
  const plant = useMemo(() => (data ? catalogue(data.plant) : null), [data]);
  if (!plant) return props.waiting(explain(error), () => ask({ requestPolicy: 'network-only' }));
  return <PlantContext.Provider value={plant}>{props.children}</PlantContext.Provider>;
}

export function FixedPlant({ plant, children }: { plant: PlantCatalogue; children: ReactNode }) {
  return <PlantContext.Provider value={plant}>{children}</PlantContext.Provider>;
}

export function usePlant(): PlantCatalogue {
  const plant = useContext(PlantContext);
  if (!plant) throw new Error('usePlant belongs below PlantProvider');
  return plant;
}
