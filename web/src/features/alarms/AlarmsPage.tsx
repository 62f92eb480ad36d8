import { Page } from '@/ui/page';

export function AlarmsPage() {
  return <Page title="Alarms">{null}</Page>;
}
