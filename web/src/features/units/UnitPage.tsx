import { Anchor, Group } from '@mantine/core';
import { Link, useParams, useSearchParams } from 'react-router';

import { usePlant, type PlantTag, type PlantUnit } from '@/api/plant';
import { formatTag } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { windowOf } from '@/lib/window';
import { useAlarms } from '@/stores/alarms';
import { useLive } from '@/stores/live';
import { useUnitHealth } from '@/stores/units';
import { useTrend } from '@/stores/use-trend';
import { AlarmLine } from '@/ui/AlarmLine';
import { LiveNumber } from '@/ui/live';
import { healths, ToneLabel } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';
import { laneOf } from '@/ui/trend/lane-of';
import { TrendChart } from '@/ui/trend/TrendChart';

import { TagTable } from './TagTable';
import classes from './UnitPage.module.css';

/** More lanes than this are no longer read at a glance; the trends page takes more. */
const LANES_MAX = 4;

export function UnitPage() {
  const { key = '' } = useParams();
  const plant = usePlant();
  const unit = plant.unit(key);
  if (!unit) return <Page title="There is no such unit"><Link to="/">Go to the overview</Link></Page>;
  return <Found key={key} unit={unit} tags={plant.tagsOf(key)} units={plant.units} />;
}

function Found({ unit, tags, units }: { unit: PlantUnit; tags: readonly PlantTag[]; units: readonly PlantUnit[] }) {
  const [search, setSearch] = useSearchParams();
  const asked = search.get('tags')?.split(',').filter((key) => tags.some((tag) => tag.key === key));
  const chosen = (asked ?? mostWatched(tags)).slice(0, LANES_MAX);
  const choose = (key: string) => {
    const next = chosen.includes(key) ? chosen.filter((known) => known !== key) : [...chosen, key].slice(-LANES_MAX);
    setSearch({ tags: next.join(',') }, { replace: true });
  };
  return (
    <Page title={unit.name} aside={<Neighbours current={unit.key} units={units} />}>
      <div className={classes['about']}>
        <Health unit={unit.key} />
        <span>{unit.description}</span>
      </div>
      <div className={classes['columns']}>
        <Panel title="Tags" flush label="Tags">
          <TagTable tags={tags} chosen={chosen} onChoose={choose} />
        </Panel>
        <div className={classes['side']}>
          <UnitAlarms unit={unit.key} />
          <Panel title="Trend, last hour of plant time" label="Trend" aside={<Anchor component={Link} to={`/trends?tags=${chosen.join(',')}`} size="sm">Open in trends</Anchor>}>
            <UnitTrend tags={tags.filter((tag) => chosen.includes(tag.key))} />
          </Panel>
        </div>
      </div>
    </Page>
  );
}

/** Nothing chosen yet: the tag with the most limits is the one that somebody watches. */
function mostWatched(tags: readonly PlantTag[]): string[] {
  return [...tags].sort((a, b) => b.limits.length - a.limits.length).slice(0, 1).map((tag) => tag.key);
}

function Health({ unit }: { unit: string }) {
  const known = useUnitHealth((s) => s.units[unit]);
  // That its actors run says nothing of the plant.
  if (!known || known.health === 'RUNNING') return null;
  const { name, glyph, tone } = healths[known.health];
  return <ToneLabel tone={tone} glyph={glyph}>{name}{known.healthReason ? `: ${known.healthReason}` : ''}</ToneLabel>;
}

function Neighbours({ current, units }: { current: string; units: readonly PlantUnit[] }) {
  return (
    <Group gap={4} component="nav" aria-label="Units">
      {units.map((unit) => (
        <Link key={unit.key} to={`/units/${unit.key}`} className={classes['neighbour']} aria-current={unit.key === current ? 'page' : undefined}>{unit.name}</Link>
      ))}
    </Group>
  );
}

/** The newest are beside the unit, all of them in the alarm list. */
const LINES_MAX = 30;

function UnitAlarms({ unit }: { unit: string }) {
  const now = useNow();
  const list = useAlarms((s) => s.list);
  const mine = list.filter((alarm) => alarm.unit?.key === unit);
  return (
    <Panel title="Alarms" label="Alarms of this unit" flush>
      {mine.length === 0 ? <Empty>No alarms in this unit.</Empty> : null}
      {mine.slice(0, LINES_MAX).map((alarm) => (
        <Link key={alarm.key} to={`/alarms?alarm=${encodeURIComponent(alarm.key)}`} className={classes['alarm']}>
          <AlarmLine alarm={alarm} now={now} />
        </Link>
      ))}
      {mine.length > LINES_MAX ? <Link to={`/alarms?unit=${encodeURIComponent(unit)}`} className={classes['alarm']}>All {mine.length}, in the alarm list</Link> : null}
    </Panel>
  );
}

function UnitTrend({ tags }: { tags: readonly PlantTag[] }) {
  const at = useLive((s) => s.at);
  const window = windowOf('-1h', 'now', at ?? 0);
  const { series, discontinuities, problem } = useTrend(at === null ? [] : tags.map((tag) => tag.key), window, 300);
  if (tags.length === 0) return <Empty>Choose tags in the table to see their trend.</Empty>;
  if (at === null) return <Empty>Waiting for the first values…</Empty>;
  const lanes = tags.map((tag) => ({ ...laneOf(tag, series.get(tag.key)), aside: <Now tag={tag} /> }));
  return (
    <>
      <Problem>{problem}</Problem>
      <TrendChart lanes={lanes} window={window} discontinuities={discontinuities} yScale="fit" laneHeight={tags.length > 2 ? 80 : 120} />
    </>
  );
}

function Now({ tag }: { tag: PlantTag }) {
  const shown = useLive((s) => s.values[tag.key]);
  return <span title={formatTag(tag.key)}><LiveNumber shown={shown} resolution={tag.resolution} unit={tag.unitOfMeasure} /></span>;
}
