import { Button, VisuallyHidden, type ButtonProps } from '@mantine/core';
import { useId, type ComponentPropsWithoutRef } from 'react';

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> & { permission: { allowed: boolean; reason: string | null } };

/**
 * A button that a person without the permission sees disabled, with the reason on it. The reason is the browser's own title: a
 * tooltip of ours costs as much where it never shows, and a list has a button in each row.
 */
export function GuardedButton({ permission, disabled, ...button }: Props) {
  const id = useId();
  const forbidden = !permission.allowed;
  return (
    <span title={forbidden ? (permission.reason ?? undefined) : undefined} style={{ display: 'inline-block', position: 'relative' }}>
      <Button {...button} disabled={forbidden || disabled} aria-describedby={forbidden ? id : undefined} />
      {forbidden ? <VisuallyHidden id={id}>{permission.reason}</VisuallyHidden> : null}
    </span>
  );
}
