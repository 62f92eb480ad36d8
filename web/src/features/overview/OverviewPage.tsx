import type { ComponentType } from 'react';

import { usePlant } from '@/api/plant';

import classes from './OverviewPage.module.css';
import { TennesseeEastman } from './picture/TennesseeEastman';
import { UnitCards } from './UnitCards';

/** Plants that have a picture, by plant key; every other plant is shown as cards. */
const pictures: Readonly<Record<string, ComponentType>> = { 'tennessee-eastman': TennesseeEastman };

export function OverviewPage() {
  const plant = usePlant();
  const Picture = pictures[plant.key];
  return (
    <div className={classes['overview']}>
      <h1 className={classes['title']}>Overview of {plant.name}</h1>
      {Picture ? <div className={classes['picture']}><Picture /></div> : null}
      {/* On a narrow screen the picture is too small to read; the cards below it repeat the values large. */}
      <div className={Picture ? classes['narrowOnly'] : undefined}><UnitCards /></div>
    </div>
  );
}
