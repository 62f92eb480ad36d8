import type { ReactElement } from 'react';

import { usePlant, type PlantCatalogue } from '@/api/plant';

import classes from './OverviewPage.module.css';
import { TennesseeEastman } from './picture/TennesseeEastman';
import { UnitCards } from './UnitCards';

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}_${at + 1}`);

/** Pictures, each with what it draws. Ids of plants are chosen by whoever runs them, so a picture is found by what a plant consists of. */
const pictures: readonly { picture: ReactElement; units: readonly string[]; tags: readonly string[] }[] = [
  {
    picture: <TennesseeEastman />,
    units: ['feed', 'reactor', 'condenser', 'separator', 'compressor', 'stripper', 'product'],
    tags: [...numbered('XMEAS', 41), ...numbered('XMV', 12)],
  },
];

/** The picture of a plant; one that has none is shown as cards. */
export function pictureOf(plant: PlantCatalogue): ReactElement | undefined {
  return pictures.find(({ units, tags }) => units.every(plant.unit) && tags.every(plant.tag))?.picture;
}

export function OverviewPage() {
  const plant = usePlant();
  const picture = pictureOf(plant);
  return (
    <div className={classes['overview']}>
      <h1 className={classes['title']}>Overview of {plant.name}</h1>
      {picture ? <div className={classes['picture']}>{picture}</div> : null}
      {/* On a narrow screen the picture is too small to read; the cards below it repeat the values large. */}
      <div className={picture ? classes['narrowOnly'] : undefined}><UnitCards /></div>
    </div>
  );
}
