import { Alert, Button } from '@mantine/core';

/** What was not done, and why; with a way to try again where nobody knows whether the order has arrived. */
export function Refusals({ refusals, retry, onClose }: { refusals: readonly string[]; retry: (() => void) | null; onClose: () => void }) {
  if (refusals.length === 0) return null;
  return (
    <Alert color="red" variant="light" mb="sm" role="alert" title={retry ? 'Perhaps not done' : 'Not done'} withCloseButton closeButtonLabel="Dismiss" onClose={onClose}>
      {refusals.slice(0, TOLD_MAX).map((text) => <div key={text}>{text}</div>)}
      {refusals.length > TOLD_MAX ? <div>and {refusals.length - TOLD_MAX} more</div> : null}
      {retry ? <div>Nobody knows whether the order has arrived. Tried again, it cannot count twice.</div> : null}
      {retry ? <Button mt="xs" size="xs" variant="default" onClick={retry}>Try again</Button> : null}
    </Alert>
  );
}

/** More than so many lines are read by nobody, and push the list out of sight. */
const TOLD_MAX = 12;
