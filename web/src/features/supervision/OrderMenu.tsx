import { ActionIcon, Menu, Text } from '@mantine/core';

import type { Permission } from '@/api/use-permission';
import type { Actor } from '@/stores/supervision';

import type { Command } from './use-actor-orders';

export interface Permissions {
  restart: Permission;
  pause: Permission;
}

/** What may be ordered of one actor, and if not why; an order without a reason is one that may be given. */
export function offers(actor: Actor, may: Permissions): { command: Command; label: string; refusal: string | null }[] {
  const paused = actor.health === 'PAUSED';
  const restart = paused ? 'It is paused; resume it instead.' : null;
  const pause = actor.notPausable ? `It may not be paused: ${actor.notPausable}.` : null;
  return [
    { command: 'restart', label: 'Restart…', refusal: may.restart.allowed ? restart : may.restart.reason },
    paused
      ? { command: 'resume', label: 'Resume…', refusal: may.pause.allowed ? null : may.pause.reason }
      : { command: 'pause', label: 'Pause…', refusal: may.pause.allowed ? pause : may.pause.reason },
  ];
}

export function OrderMenu({ actor, may, onChoose }: { actor: Actor; may: Permissions; onChoose: (command: Command) => void }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Orders for ${actor.role} ${actor.name}`}>⋯</ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {offers(actor, may).map(({ command, label, refusal }) => (
          <Menu.Item key={command} disabled={refusal !== null} onClick={() => onChoose(command)}>
            {label}
            {refusal ? <Text size="xs" c="dimmed" maw={240}>{refusal}</Text> : null}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
