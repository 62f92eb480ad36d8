import { Checkbox, Table } from '@mantine/core';

import type { LimitKind } from '@/api/generated/graphql';
import type { PlantTag } from '@/api/plant';
import { formatTag, formatValue } from '@/lib/format';
import { recentReadings, useLive } from '@/stores/live';
import { LiveNumber, RangeBar } from '@/ui/live';
import { qualities } from '@/ui/marks';
import { Sparkline } from '@/ui/Sparkline';

import classes from './UnitPage.module.css';

const limitNames: Record<LimitKind, string> = { HIGH_HIGH: 'HH', HIGH: 'H', LOW: 'L', LOW_LOW: 'LL' };

/** A sparkline spans at least this share of the range; noise must look like noise. */
const SPARK_SHARE = 0.005;

export function TagTable({ tags, chosen, onChoose }: { tags: readonly PlantTag[]; chosen: readonly string[]; onChoose: (key: string) => void }) {
  return (
    <div className={classes['scroll']}>
      <Table verticalSpacing={5} horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={36} aria-label="Trend" />
            <Table.Th>Tag</Table.Th>
            <Table.Th ta="right">Value</Table.Th>
            <Table.Th>Quality</Table.Th>
            <Table.Th>Recent</Table.Th>
            <Table.Th miw={130}>In its range</Table.Th>
            <Table.Th>Limits</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tags.map((tag) => <Row key={tag.key} tag={tag} chosen={chosen.includes(tag.key)} onChoose={() => onChoose(tag.key)} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ tag, chosen, onChoose }: { tag: PlantTag; chosen: boolean; onChoose: () => void }) {
  const shown = useLive((s) => s.values[tag.key]);
  const range = `${formatValue(tag.rangeLow, tag.resolution)} to ${formatValue(tag.rangeHigh, tag.resolution)} ${tag.unitOfMeasure}`;
  return (
    <Table.Tr className={classes['row']} data-chosen={chosen || undefined}>
      <Table.Td><Checkbox size="xs" checked={chosen} onChange={onChoose} aria-label={`Show the trend of ${tag.name}`} /></Table.Td>
      <Table.Td className={classes['name']} title={tag.description}>
        {tag.name}
        <div className={classes['key']}>{formatTag(tag.key)}{tag.role === 'MANIPULATED' ? ' · manipulated' : ''}</div>
      </Table.Td>
      <Table.Td className={classes['value']}><LiveNumber shown={shown} resolution={tag.resolution} unit={tag.unitOfMeasure} /></Table.Td>
      <Table.Td>{shown ? qualities[shown.quality].name : '–'}</Table.Td>
      <Table.Td><Sparkline readings={recentReadings(tag.key)} least={(tag.rangeHigh - tag.rangeLow) * SPARK_SHARE} label={`Recent readings of ${tag.name}`} /></Table.Td>
      <Table.Td title={`Range ${range}`}>
        <RangeBar shown={shown} bar={{ low: tag.rangeLow, high: tag.rangeHigh, limits: tag.limits }} label={`${tag.name} in its range of ${range}`} />
      </Table.Td>
      <Table.Td className={classes['limits']}>
        {tag.limits.map((limit) => <div key={limit.kind}>{limitNames[limit.kind]} {formatValue(limit.value, tag.resolution)}</div>)}
      </Table.Td>
    </Table.Tr>
  );
}
