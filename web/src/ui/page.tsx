import { Alert, Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './page.module.css';
import { TextButton } from './TextButton';

export function Page({ title, aside, children }: { title: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes['page']}>
      <Group justify="space-between" align="center" gap="sm" className={classes['head']}>
        <Title order={1}>{title}</Title>
        {aside}
      </Group>
      {children}
    </div>
  );
}

export function Panel({ title, aside, children, label, flush = false }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; label?: string; flush?: boolean }) {
  return (
    <section className={classes['panel']} aria-label={label} data-flush={flush || undefined}>
      {title ? (
        <Group justify="space-between" gap="xs" className={classes['panelHead']}>
          <Title order={2}>{title}</Title>
          {aside}
        </Group>
      ) : null}
      <div className={classes['panelBody']}>{children}</div>
    </section>
  );
}

export function Problem({ children, onRetry }: { children: ReactNode; onRetry?: () => void }) {
  if (!children) return null;
  return (
    <Alert color="red" variant="light" role="alert" title="Something is wrong">
      {children}
      {onRetry ? (
        <TextButton className={classes['retry']} onClick={onRetry}><strong>Try again</strong></TextButton>
      ) : null}
    </Alert>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className={classes['empty']}>{children}</p>;
}
