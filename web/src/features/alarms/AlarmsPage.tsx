import { Tabs } from '@mantine/core';
import { useSearchParams } from 'react-router';

import { useAlarms } from '@/stores/alarms';
import { Page } from '@/ui/page';

import { AlarmDetail } from './AlarmDetail';
import { AlarmList } from './AlarmList';
import { Journal } from './Journal';

export function AlarmsPage() {
  const [search, setSearch] = useSearchParams();
  const total = useAlarms((s) => s.summary.total);
  const tab = search.get('tab') === 'journal' ? 'journal' : 'list';
  const open = search.get('alarm');
  const change = (name: string, value: string | null) => {
    const next = new URLSearchParams(search);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  };
  return (
    <Page title="Alarms">
      <Tabs value={tab} onChange={(value) => change('tab', value === 'journal' ? 'journal' : null)} keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="list">Alarm list ({total})</Tabs.Tab>
          <Tabs.Tab value="journal">Journal</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="list"><AlarmList onOpen={(key) => change('alarm', key)} /></Tabs.Panel>
        <Tabs.Panel value="journal"><Journal onOpen={(key) => change('alarm', key)} /></Tabs.Panel>
      </Tabs>
      <AlarmDetail alarm={open} onClose={() => change('alarm', null)} />
    </Page>
  );
}
