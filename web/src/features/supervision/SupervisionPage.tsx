import { Page } from '@/ui/page';

export function SupervisionPage() {
  return <Page title="Supervision">{null}</Page>;
}
