import { Tabs } from '@mantine/core';
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

import { useAlarms } from '@/stores/alarms';
import { Page } from '@/ui/page';

import { AlarmDetail, enterDetail, leaveDetail } from './AlarmDetail';
import { AlarmList } from './AlarmList';
import classes from './alarms.module.css';
import { FirstOut } from './FirstOut';
import { Journal } from './Journal';
import { asideNames, PutAsideList } from './PutAsideList';
import { RulesList } from './RulesList';

const asides = { shelved: 'SHELVED', suppressed: 'SUPPRESSED', 'out-of-service': 'OUT_OF_SERVICE' } as const;
const asideTabs = ['shelved', 'suppressed', 'out-of-service'] as const;
const tabs = ['list', ...asideTabs, 'rules', 'journal'] as const;

export function AlarmsPage() {
  const [search, setSearch] = useSearchParams();
  const total = useAlarms((s) => s.summary.total);
  const putAside = useAlarms((s) => s.putAside);
  const tab = tabs.find((known) => known === search.get('tab')) ?? 'list';
  const open = search.get('alarm');
  const change = useCallback((name: string, value: string | null) => {
    const next = new URLSearchParams(search);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  }, [search, setSearch]);
  const openAlarm = useCallback((key: string) => {
    if (key === open) enterDetail();
    else change('alarm', key);
  }, [open, change]);
  return (
    <Page title="Alarms">
      <Tabs value={tab} onChange={(value) => change('tab', value === 'list' ? null : value)} keepMounted={false}>
        <Tabs.List mb="sm" className={classes['tabs']}>
          <Tabs.Tab value="list">Alarm list ({total})</Tabs.Tab>
          {asideTabs.map((name) => <Tabs.Tab key={name} value={name}>{asideNames[asides[name]]} ({putAside[asides[name]]})</Tabs.Tab>)}
          <Tabs.Tab value="rules">Design rules</Tabs.Tab>
          <Tabs.Tab value="journal">Journal</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="list"><FirstOut onOpen={(key) => change('alarm', key)} /><AlarmList onOpen={openAlarm} /></Tabs.Panel>
        {asideTabs.map((name) => <Tabs.Panel key={name} value={name}><PutAsideList state={asides[name]} onOpen={(key) => change('alarm', key)} /></Tabs.Panel>)}
        <Tabs.Panel value="rules"><RulesList onOpen={(key) => change('alarm', key)} /></Tabs.Panel>
        <Tabs.Panel value="journal"><Journal onOpen={(key) => change('alarm', key)} /></Tabs.Panel>
      </Tabs>
      <AlarmDetail alarm={open} onClose={() => { change('alarm', null); if (open !== null) leaveDetail(open); }} />
    </Page>
  );
}
