import { Alert, Box, Button, Menu, Modal, PasswordInput, SegmentedControl, Stack, Text, useMantineColorScheme } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';

import { AuthError, changePassword } from '@/api/auth';
import type { Role } from '@/api/generated/graphql';
import { leaveSession, useSession } from '@/stores/session';
import { Icon } from '@/ui/icons';

const roleNames: Record<Role, string> = {
  VIEWER: 'Viewer',
  OPERATOR: 'Operator',
  ENGINEER: 'Engineer',
  MAINTENANCE: 'Maintenance',
  ADMINISTRATOR: 'Administrator',
};

export function AccountMenu() {
  const user = useSession((s) => s.user);
  const [changing, setChanging] = useState(false);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!user) return null;
  const role = roleNames[user.role];
  return (
    <>
      <Menu position="bottom-end" width={240} closeOnItemClick>
        <Menu.Target>
          <Button variant="default" size="sm" style={{ flex: 'none' }} leftSection={<Icon name="account" size={18} />} aria-label={`Account: ${user.name}, ${role}`}>
            <Box component="span" visibleFrom="xs">{user.name}</Box>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{user.name}, role: {role}</Menu.Label>
          <Text component="div" px="sm" py={6} size="xs">
            <SegmentedControl
              fullWidth
              size="xs"
              aria-label="Theme"
              value={colorScheme}
              onChange={(value) => setColorScheme(value)}
              data={[{ value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }, { value: 'auto', label: 'System' }]}
            />
          </Text>
          <Menu.Divider />
          <Menu.Item onClick={() => setChanging(true)}>Change password</Menu.Item>
          <Menu.Item onClick={() => void leaveSession()}>Sign out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={changing} onClose={() => setChanging(false)} title="Change password">
        <ChangePassword onDone={() => setChanging(false)} />
      </Modal>
    </>
  );
}

function ChangePassword({ onDone }: { onDone: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [changed, setChanged] = useState(false);
  const differs = again !== '' && again !== next;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (differs) return;
    setRefusal(null);
    changePassword(current, next)
      .then(() => setChanged(true))
      .catch((error: unknown) => setRefusal(error instanceof AuthError ? error.message : String(error)));
  };
  if (changed) {
    return (
      <Stack>
        <Alert color="gray" role="status">Your password is changed.</Alert>
        <Button onClick={onDone}>Close</Button>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit} aria-label="Change password">
      <Stack gap="sm">
        <PasswordInput label="Current password" autoComplete="current-password" required withAsterisk={false} data-autofocus value={current} onChange={(e) => setCurrent(e.currentTarget.value)} />
        <PasswordInput label="New password" autoComplete="new-password" required withAsterisk={false} value={next} onChange={(e) => setNext(e.currentTarget.value)} />
        <PasswordInput label="Repeat new password" autoComplete="new-password" required withAsterisk={false} value={again} onChange={(e) => setAgain(e.currentTarget.value)} error={differs ? 'The two passwords differ.' : undefined} />
        {refusal ? <Alert color="red" variant="light" role="alert">{refusal}</Alert> : null}
        <Button type="submit">Change password</Button>
      </Stack>
    </form>
  );
}
