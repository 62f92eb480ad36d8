import { Checkbox, Group, Select } from '@mantine/core';

import { usePlant } from '@/api/plant';
import { alarmStates, severities, severityOrder } from '@/ui/marks';
import { Words } from '@/ui/Words';

import classes from './alarms.module.css';
import { isListed, listedStates, type Filter } from './list-filter';
import { isListOrder, listOrders } from './order';

/** What of the alarm list is asked for, and in which order. */
export function Filters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const { units } = usePlant();
  return (
    <Group gap="xs" className={`${classes['filters']} ${classes['strip']}`}>
      <Select size="xs" w={140} clearable aria-label="Severity" placeholder="Any severity" value={filter.severity} onChange={(severity) => onFilter({ ...filter, severity })} data={severityOrder.map((s) => ({ value: s, label: severities[s].name }))} />
      <Select size="xs" w={140} clearable aria-label="Unit" placeholder="Any unit" value={filter.unit} onChange={(unit) => onFilter({ ...filter, unit })} data={units.map((u) => ({ value: u.key, label: u.name }))} />
      <Select size="xs" w={170} clearable aria-label="State" placeholder="Any state" value={filter.state} onChange={(state) => onFilter({ ...filter, state: isListed(state) ? state : null })} data={listedStates.map((s) => ({ value: s, label: alarmStates[s].name }))} />
      <Select size="xs" w={160} aria-label="Order" value={filter.order} allowDeselect={false} onChange={(order) => isListOrder(order) && onFilter({ ...filter, order })} data={Object.entries(listOrders).map(([value, label]) => ({ value, label }))} />
      <Words label="Search" placeholder="Search" width={150} value={filter.text} onSay={(text) => onFilter({ ...filter, text })} />
      <Checkbox size="xs" label="Unacknowledged only" checked={filter.owed} onChange={(e) => onFilter({ ...filter, owed: e.currentTarget.checked })} />
    </Group>
  );
}
