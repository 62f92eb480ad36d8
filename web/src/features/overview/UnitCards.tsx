import { Link } from 'react-router';

import { usePlant, type PlantTag, type PlantUnit } from '@/api/plant';
import { useLive } from '@/stores/live';
import { LiveNumber } from '@/ui/live';
import { healths, SeverityMark, ToneLabel } from '@/ui/marks';

import classes from './OverviewPage.module.css';
import { describe, useUnitState } from './unit-state';

const READINGS = 6;

/** A plant without a picture: one card a unit. */
export function UnitCards() {
  const plant = usePlant();
  return (
    <div className={classes['cards']}>
      {plant.units.map((unit) => <UnitCard key={unit.key} unit={unit} tags={plant.tagsOf(unit.key)} />)}
    </div>
  );
}

function UnitCard({ unit, tags }: { unit: PlantUnit; tags: readonly PlantTag[] }) {
  const state = useUnitState(unit.key);
  const { name, glyph, tone } = healths[state.health];
  const troubled = state.health !== 'RUNNING';
  return (
    <Link to={`/units/${unit.key}`} className={classes['card']}>
      <h2>{unit.name}</h2>
      {state.severity ? <><SeverityMark severity={state.severity} flashing={state.unacknowledged > 0} /> {describe(state)} </> : null}
      {state.severity && !troubled ? null : <ToneLabel tone={tone} glyph={glyph} title={state.reason ?? undefined}>{troubled ? name : describe(state)}</ToneLabel>}
      {tags.slice(0, READINGS).map((tag) => <Reading key={tag.key} tag={tag} />)}
    </Link>
  );
}

function Reading({ tag }: { tag: PlantTag }) {
  const shown = useLive((s) => s.values[tag.key]);
  return (
    <div className={classes['reading']}>
      <span>{tag.name}</span>
      <LiveNumber shown={shown} resolution={tag.resolution} unit={tag.unitOfMeasure} />
    </div>
  );
}
