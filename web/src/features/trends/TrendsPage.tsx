import { ActionIcon, Button, Group, MultiSelect, SegmentedControl } from '@mantine/core';
import { useViewportSize } from '@mantine/hooks';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import { usePlant, type PlantTag } from '@/api/plant';
import { formatTag, formatTime } from '@/lib/format';
import { DEFAULT_SPAN, presets, scaled, shifted, windowOf, type TimeWindow } from '@/lib/window';
import { useLive } from '@/stores/live';
import { useTrend } from '@/stores/use-trend';
import { Icon } from '@/ui/icons';
import { LiveNumber } from '@/ui/live';
import { Empty, Page, Panel, Problem } from '@/ui/page';
import { laneOf } from '@/ui/trend/lane-of';
import { TrendChart, type YScale } from '@/ui/trend/TrendChart';

import classes from './TrendsPage.module.css';

const TAGS_MAX = 8;
const FIRST_CHOICE = 3;

export function TrendsPage() {
  const plant = usePlant();
  const [search, setSearch] = useSearchParams();
  const at = useLive((s) => s.at);
  const change = (changes: Readonly<Record<string, string>>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    setSearch(next, { replace: true });
  };

  const keys = search.get('tags')?.split(',') ?? firstChoice(plant.tags);
  const tags = keys.map((key) => plant.tag(key)).filter((tag) => tag !== undefined).slice(0, TAGS_MAX);
  const unknown = keys.filter((key) => key !== '' && plant.tag(key) === undefined);
  const window = windowOf(search.get('from'), search.get('to'), at ?? 0);
  const yScale: YScale = search.get('y') === 'range' ? 'range' : 'fit';
  const look = (next: TimeWindow) => change({ from: new Date(next.from).toISOString(), to: new Date(next.to).toISOString() });

  return (
    <Page title="Trends" aside={<Description window={window} known={at !== null} />}>
      {unknown.length > 0 ? <Problem>{unknown.length === 1 ? `There is no tag ${unknown[0] ?? ''}.` : `There are no tags ${unknown.join(', ')}.`}</Problem> : null}
      <TagChoice chosen={tags.map((tag) => tag.key)} onChoose={(next) => change({ tags: next.join(',') })} />
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label="Range in plant time, followed live"
          value={window.live ? (search.get('from') ?? DEFAULT_SPAN) : ''}
          onChange={(value) => change({ from: value, to: 'now' })}
          data={presets.map(({ name, value }) => ({ label: name, value }))}
        />
        <Group gap={4}>
          <Button size="xs" variant="default" onClick={() => look(shifted(window, -0.5))} aria-label="Earlier">◀</Button>
          <Button size="xs" variant="default" onClick={() => look(scaled(window, 0.5))} aria-label="Look closer">+</Button>
          <Button size="xs" variant="default" onClick={() => look(scaled(window, 2))} aria-label="Look from further away">−</Button>
          <Button size="xs" variant="default" onClick={() => look(shifted(window, 0.5))} aria-label="Later">▶</Button>
        </Group>
        <Button size="xs" variant={window.live ? 'filled' : 'default'} aria-pressed={window.live} onClick={() => change({ from: spanText(window), to: 'now' })}>
          {window.live ? 'Following live' : 'Follow live'}
        </Button>
        <SegmentedControl size="xs" aria-label="Vertical axis" value={yScale} onChange={(value) => change({ y: value })} data={[{ label: 'Fit to data', value: 'fit' }, { label: 'Whole range', value: 'range' }]} />
      </Group>
      <Lanes tags={tags} window={window} yScale={yScale} onWindow={look} onRemove={(key) => change({ tags: tags.map((t) => t.key).filter((known) => known !== key).join(',') })} />
    </Page>
  );
}

/** Nothing chosen yet: the tags with the most limits are those that somebody watches. */
function firstChoice(tags: readonly PlantTag[]): string[] {
  return [...tags].sort((a, b) => b.limits.length - a.limits.length).slice(0, FIRST_CHOICE).map((tag) => tag.key);
}

/** The preset that is nearest to what is shown, so that following begins with the same view. */
function spanText(window: TimeWindow): string {
  const span = window.to - window.from;
  return presets.reduce((best, preset) => (Math.abs(preset.ms - span) < Math.abs(best.ms - span) ? preset : best)).value;
}

function Description({ window, known }: { window: TimeWindow; known: boolean }) {
  if (!known && window.live) return null;
  return <span className={classes['dim']}>{formatTime(window.from)} to {window.live ? 'now' : formatTime(window.to)}, plant time</span>;
}

/** More are found by their words; a plant may have tens of thousands. */
const OFFERED_MAX = 200;

function TagChoice({ chosen, onChoose }: { chosen: string[]; onChoose: (keys: string[]) => void }) {
  const plant = usePlant();
  const options = useMemo(
    () => plant.units.map((unit) => ({ group: unit.name, items: plant.tagsOf(unit.key).map((tag) => ({ value: tag.key, label: `${formatTag(tag.key)} · ${tag.name}` })) })),
    [plant],
  );
  return (
    <MultiSelect
      aria-label="Tags"
      placeholder={chosen.length < TAGS_MAX ? 'Add a tag' : `At most ${TAGS_MAX} tags`}
      data={options}
      value={chosen}
      onChange={onChoose}
      maxValues={TAGS_MAX}
      searchable
      limit={OFFERED_MAX}
      hidePickedOptions
      nothingFoundMessage="No such tag"
    />
  );
}

/** What stands above and below the lanes, and what each has besides its drawing, pixels. */
const AROUND = 390;
const LANE_HEAD = 32;

/** As high as the screen allows; where it does not allow much, the page scrolls. */
export function laneHeight(lanes: number, screen: number): number {
  const least = lanes > 4 ? 90 : 120;
  return Math.min(320, Math.max(least, Math.floor((screen - AROUND) / Math.max(1, lanes)) - LANE_HEAD));
}

interface LanesProps {
  tags: readonly PlantTag[];
  window: TimeWindow;
  yScale: YScale;
  onWindow: (window: TimeWindow) => void;
  onRemove: (key: string) => void;
}

function Lanes({ tags, window, yScale, onWindow, onRemove }: LanesProps) {
  const waiting = window.live && window.to === 0;
  const { height } = useViewportSize();
  const { series, discontinuities, problem, loading } = useTrend(waiting ? [] : tags.map((tag) => tag.key), window);
  if (tags.length === 0) return <Panel><Empty>Choose a tag to see its trend.</Empty></Panel>;
  const lanes = tags.map((tag) => ({ ...laneOf(tag, series.get(tag.key)), aside: <Aside tag={tag} onRemove={() => onRemove(tag.key)} /> }));
  const empty = !loading && tags.every((tag) => (series.get(tag.key) ?? []).length === 0);
  return (
    <>
      <Problem>{problem}</Problem>
      <Panel label="Trends">
        {waiting ? <Empty>Waiting for the first values…</Empty> : null}
        {empty ? <Empty>There is no record of this time.</Empty> : null}
        {waiting ? null : <TrendChart lanes={lanes} window={window} discontinuities={discontinuities} yScale={yScale} laneHeight={laneHeight(tags.length, height)} onWindow={onWindow} />}
        <p className={classes['hint']}>
          The line is the last value, the band around it the minimum and maximum. Drag to look closer; arrow keys move, + and − zoom. Shaded: no usable value. Marked: the record breaks off.
        </p>
      </Panel>
    </>
  );
}

function Aside({ tag, onRemove }: { tag: PlantTag; onRemove: () => void }) {
  const shown = useLive((s) => s.values[tag.key]);
  return (
    <>
      <span className={classes['dim']}>now</span>
      <LiveNumber shown={shown} resolution={tag.resolution} unit={tag.unitOfMeasure} />
      <ActionIcon variant="subtle" size="sm" color="gray" aria-label={`Remove ${tag.name}`} onPointerDown={(e) => e.stopPropagation()} onClick={onRemove}>
        <Icon name="close" size={14} />
      </ActionIcon>
    </>
  );
}
