import { Page } from '@/ui/page';

export function UnitPage() {
  return <Page title="Unit">{null}</Page>;
}
