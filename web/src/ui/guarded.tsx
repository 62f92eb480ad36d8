import { Button, Tooltip, VisuallyHidden, type ButtonProps } from '@mantine/core';
import { useId, type ComponentPropsWithoutRef } from 'react';

type Props = ButtonProps & Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> & { permission: { allowed: boolean; reason: string | null } };

/** A button that a person without the permission sees disabled, with the reason on it. */
export function GuardedButton({ permission, disabled, ...button }: Props) {
  const id = useId();
  const forbidden = !permission.allowed;
  return (
    <Tooltip label={permission.reason} disabled={!forbidden}>
      <span title={forbidden ? (permission.reason ?? undefined) : undefined} style={{ display: 'inline-block', position: 'relative' }}>
        <Button {...button} disabled={forbidden || disabled} aria-describedby={forbidden ? id : undefined} />
        {forbidden ? <VisuallyHidden id={id}>{permission.reason}</VisuallyHidden> : null}
      </span>
    </Tooltip>
  );
}
