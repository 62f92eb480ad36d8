import { Page } from '@/ui/page';

export function DetectorsPage() {
  return <Page title="Detectors">{null}</Page>;
}
