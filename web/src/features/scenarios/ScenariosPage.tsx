import { Page } from '@/ui/page';

export function ScenariosPage() {
  return <Page title="Scenarios">{null}</Page>;
}
