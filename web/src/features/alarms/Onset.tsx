import { usePlant } from '@/api/plant';
import { useLive } from '@/stores/live';
import { useTrend } from '@/stores/use-trend';
import { laneOf } from '@/ui/trend/lane-of';
import { TrendChart } from '@/ui/trend/TrendChart';
import { Problem } from '@/ui/page';

import classes from './alarms.module.css';

const BEFORE_MS = 30 * 60_000;
const AFTER_MS = 30 * 60_000;

interface Props {
  tag: string;
  /** When the occurrence was raised, plant time. */
  raisedAt: string;
  /** What decided; the register may have changed the limit since. */
  limit: number | null;
}

/** The tag around the onset: half an hour before and after, with its limit and the moment at which the alarm was raised. */
export function Onset({ tag: key, raisedAt, limit }: Props) {
  const { tags } = usePlant();
  const tag = tags.find((known) => known.key === key);
  const at = Date.parse(raisedAt);
  // What comes after is not there yet while the alarm is young; it is drawn as it comes.
  const young = useLive((s) => s.at !== null && s.at < at + AFTER_MS);
  const window = { from: at - BEFORE_MS, to: at + AFTER_MS, live: young };
  const { series, discontinuities, problem } = useTrend(tag ? [key] : [], window, 240);
  if (!tag) return null;
  const lane = laneOf(tag, series.get(key));
  // A limit of the plant file that is the very one stands there already.
  const known = limit === null || lane.limits.some(({ value }) => value === limit);
  return (
    <section className={classes['section']} aria-label="Around the onset">
      <h3>Around the onset</h3>
      <Problem>{problem}</Problem>
      <TrendChart lanes={[{ ...lane, limits: known ? lane.limits : [...lane.limits, { kind: limit > tag.normal ? 'HIGH' : 'LOW', value: limit, severity: 'HIGH' }] }]} window={window} discontinuities={discontinuities} marks={[{ at, name: 'raised' }]} yScale="fit" alwaysLimits laneHeight={150} />
    </section>
  );
}
