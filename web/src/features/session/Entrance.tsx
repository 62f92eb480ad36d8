import { Alert, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';

import { AuthError } from '@/api/auth';
import { createAdministrator, enter, loadSession, useSession } from '@/stores/session';

import classes from './Entrance.module.css';

/** What the server asks of a password; it decides. */
const PASSWORD_RULE = 'At least 10 characters, for example four unrelated words.';

/** What somebody sees who is not signed in. */
export function Entrance() {
  const phase = useSession((s) => s.phase);
  const notice = useSession((s) => s.notice);
  return (
    <main className={classes['entrance']}>
      <div className={classes['card']}>
        <header className={classes['brand']}>
          <img src="/favicon.svg" alt="" width={36} height={36} />
          <div>
            <Title order={1}>TEP</Title>
            <Text size="sm" c="dimmed">Process plant intelligence</Text>
          </div>
        </header>
        {notice && phase !== 'unreachable' ? <Alert mb="md" color="gray" role="status">{notice}</Alert> : null}
        {phase === 'setup' ? <SetUp /> : null}
        {phase === 'signed-out' ? <SignIn /> : null}
        {phase === 'unreachable' ? <Unreachable message={notice} /> : null}
        {phase === 'loading' ? <Text role="status">Asking the server…</Text> : null}
      </div>
    </main>
  );
}

function Unreachable({ message }: { message: string | null }) {
  return (
    <Stack>
      <Alert color="red" role="alert" title="No connection">{message ?? 'The server does not answer.'}</Alert>
      <Button onClick={() => void loadSession()}>Try again</Button>
    </Stack>
  );
}

function SignIn() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Form title="Sign in" action="Sign in" onSubmit={() => enter(name, password)}>
      <TextInput label="Name" autoComplete="username" autoFocus required withAsterisk={false} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <PasswordInput label="Password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
    </Form>
  );
}

function SetUp() {
  const [token, setToken] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const differs = again !== '' && again !== password;
  return (
    <Form
      title="Set up"
      action="Create administrator"
      ready={!differs}
      onSubmit={() => createAdministrator(token.trim(), name.trim(), password)}
      intro="Nobody can sign in yet. The server printed a set-up token when it first started; it works once."
    >
      <TextInput label="Set-up token" autoComplete="off" autoFocus required withAsterisk={false} value={token} onChange={(e) => setToken(e.currentTarget.value)} />
      <TextInput label="Name" autoComplete="username" required withAsterisk={false} value={name} onChange={(e) => setName(e.currentTarget.value)} />
      <PasswordInput label="Password" description={PASSWORD_RULE} autoComplete="new-password" required withAsterisk={false} value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
      <PasswordInput
        label="Repeat password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={again}
        onChange={(e) => setAgain(e.currentTarget.value)}
        error={differs ? 'The two passwords differ.' : undefined}
      />
    </Form>
  );
}

interface FormProps {
  title: string;
  action: string;
  intro?: string;
  ready?: boolean;
  children: ReactNode;
  onSubmit: () => Promise<void>;
}

function Form({ title, action, intro, ready = true, children, onSubmit }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setRefusal(null);
    onSubmit()
      .catch((error: unknown) => setRefusal(refusalText(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={submit} aria-label={title}>
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        {intro ? <Text size="sm" c="dimmed">{intro}</Text> : null}
        {children}
        {refusal ? <Alert color="red" variant="light" role="alert">{refusal}</Alert> : null}
        <Button type="submit" loading={busy} mt="xs" fullWidth>{action}</Button>
      </Stack>
    </form>
  );
}

function refusalText(error: unknown): string {
  if (!(error instanceof AuthError)) return error instanceof Error ? error.message : String(error);
  return error.retryAfterSeconds ? `${error.message} Try again in ${error.retryAfterSeconds} s.` : error.message;
}
