import { Button, Group, Modal, Table, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';

import { explain } from '@/api/errors';
import { KillSwitchDocument, LanguageModelsDocument, SetBreakerDocument, type BrokerPartsFragment, type CallPartsFragment, type LlmBreakerOrder, type LlmBreakerState } from '@/api/generated/graphql';
import { usePlant } from '@/api/plant';
import { usePermission, type Permission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/uuid';
import { GuardedButton } from '@/ui/guarded';
import { ToneLabel } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './models.module.css';
import { dataClasses, outcomeName, perName, purposeName, whoseName } from './words';

const ASK_EVERY_MS = 3_000;

type Broker = BrokerPartsFragment;
type Provider = Broker['providers'][number];

const states: Record<LlmBreakerState, { name: string; tone: 'dim' | 'attention' | 'bad' }> = {
  SERVING: { name: 'serving', tone: 'dim' },
  RESTING: { name: 'resting', tone: 'bad' },
  PROBING: { name: 'being tried again', tone: 'attention' },
};

/** An order that is about to be given; it wants a reason first. */
type Order = { what: 'kill' } | { what: 'allow' } | { what: 'hold'; provider: string; order: LlmBreakerOrder };

/** Language models: who may be asked, what each may be told, how its breaker stands, and what it all costs. */
export function ModelsPage() {
  const [{ data, error }, read] = usePolledQuery(LanguageModelsDocument, {}, ASK_EVERY_MS);
  const permission = usePermission('llm:control');
  const [, setBreaker] = useMutation(SetBreakerDocument);
  const [, killSwitch] = useMutation(KillSwitchDocument);
  const [order, setOrder] = useState<Order | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const give = (wanted: Order, reason: string) => {
    setOrder(null);
    setRefusal(null);
    const idempotencyKey = uuid();
    const sent = wanted.what === 'hold'
      ? setBreaker({ input: { provider: wanted.provider, order: wanted.order, reason, idempotencyKey } }).then((r) => ({ errors: r.data?.setBreaker.userErrors, error: r.error }))
      : killSwitch({ input: { killed: wanted.what === 'kill', reason, idempotencyKey } }).then((r) => ({ errors: r.data?.killSwitch.userErrors, error: r.error }));
    void sent.then(({ errors, error: problem }) => {
      setRefusal(explain(problem) ?? (errors?.map((e) => e.message).join(' ') || null));
      read({ requestPolicy: 'network-only' });
    });
  };
  const broker = data?.broker ?? null;
  return (
    <Page title="Language models" aside={broker?.configured ? <Switch broker={broker} permission={permission} onOrder={setOrder} /> : null}>
      <Problem>{explain(error)}</Problem>
      <Problem>{refusal}</Problem>
      {broker?.killed ? <p role="status" className={classes['killed']}>Every call is forbidden: {broker.killed.reason} ({broker.killed.by}, {formatTime(broker.killed.at)}). Alarms are explained from their evidence alone.</p> : null}
      {broker === null && !error ? <Empty>Asking how the models stand…</Empty> : null}
      {broker && !broker.configured ? <Panel title="None is configured"><Empty>No language model is configured: nothing is asked and nothing leaves. Alarms are explained from their evidence alone.</Empty></Panel> : null}
      {broker?.configured ? <Providers broker={broker} permission={permission} onOrder={setOrder} /> : null}
      {broker?.configured ? <Budget broker={broker} /> : null}
      {broker?.configured ? <Calls calls={data?.llmCalls ?? []} currency={broker.currency} /> : null}
      {order ? <Reason order={order} onClose={() => setOrder(null)} onGive={(reason) => give(order, reason)} /> : null}
    </Page>
  );
}

function Switch({ broker, permission, onOrder }: { broker: Broker; permission: Permission; onOrder: (order: Order) => void }) {
  return broker.killed
    ? <GuardedButton permission={permission} onClick={() => onOrder({ what: 'allow' })}>Allow calls again…</GuardedButton>
    : <GuardedButton color="red" variant="default" permission={permission} onClick={() => onOrder({ what: 'kill' })}>Stop every call…</GuardedButton>;
}

function Providers({ broker, permission, onOrder }: { broker: Broker; permission: Permission; onOrder: (order: Order) => void }) {
  return (
    <Panel title="Providers" label="Providers" aside={<span className={classes['dim']}>{broker.order === 'CLOUD_FIRST' ? 'those elsewhere are asked first' : 'those of the plant network are asked first'}; {broker.questions} under way</span>}>
      {broker.providers.map((provider) => <ProviderCard key={provider.key} provider={provider} killed={broker.killed !== null} currency={broker.currency} permission={permission} onOrder={onOrder} />)}
    </Panel>
  );
}

function ProviderCard({ provider, killed, currency, permission, onOrder }: { provider: Provider; killed: boolean; currency: string; permission: Permission; onOrder: (order: Order) => void }) {
  const { key, model, locality, maySee, pseudonyms, contextTokens, inputPrice, outputPrice, state, restingUntil, held, atWork, running, concurrentCalls, waiting, answered, failed, inputTokens, outputTokens, cost, lastError } = provider;
  const { name, tone } = states[state];
  const hold = (order: LlmBreakerOrder) => () => onOrder({ what: 'hold', provider: key, order });
  return (
    <div className={classes['card']} role="group" aria-label={`Provider ${key}`}>
      <div className={classes['head']}>
        <strong>{key}</strong>
        <span>{model}</span>
        <ToneLabel tone={atWork && !killed ? tone : 'bad'}>{killed ? 'not asked' : atWork ? name : 'its worker is away'}</ToneLabel>
        <span className={classes['push']} />
        <Group gap={4}>
          {held ? <GuardedButton size="compact-xs" variant="default" permission={permission} onClick={hold('JUDGE')}>Let it judge for itself…</GuardedButton> : null}
          {state === 'RESTING' ? <GuardedButton size="compact-xs" variant="default" permission={permission} onClick={hold('SERVE')}>Put it in service…</GuardedButton> : <GuardedButton size="compact-xs" variant="default" permission={permission} onClick={hold('REST')}>Let it rest…</GuardedButton>}
        </Group>
      </div>
      {held ? <div className={classes['dim']}>held by {held.by}: {held.reason} ({formatTime(held.at)})</div> : null}
      {restingUntil ? <div className={classes['dim']}>is tried again {formatTime(restingUntil)}</div> : null}
      <div className={classes['dim']}>
        {locality === 'LOCAL' ? 'within the plant network' : 'elsewhere: what it is told has left the plant'}; may see {maySee.length === 0 ? 'nothing' : maySee.map((one) => dataClasses[one]).join(', ')}{pseudonyms ? ', under pseudonyms' : ''}; {contextTokens.toLocaleString()} tokens; {inputPrice + outputPrice === 0 ? 'no price' : `${inputPrice} / ${outputPrice} ${currency} a million read / written`}
      </div>
      <div>{running} of {concurrentCalls} calls under way, {waiting} wait; {answered} answered, {failed} failed; {inputTokens.toLocaleString()} tokens read, {outputTokens.toLocaleString()} written, {cost.toFixed(4)} {currency}</div>
      {lastError ? <div className={classes['error']}>last: {lastError}</div> : null}
    </div>
  );
}

function Budget({ broker }: { broker: Broker }) {
  return (
    <Panel title="Budget" label="Budget">
      {broker.budget.length === 0 ? <Empty>No limit is configured.</Empty> : (
        <div className={classes['scroll']}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>For</Table.Th><Table.Th>Per</Table.Th><Table.Th>Spent</Table.Th><Table.Th>Reserved</Table.Th><Table.Th>Warns from</Table.Th><Table.Th>Stops at</Table.Th><Table.Th>Ends</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {broker.budget.map((limit) => {
                const used = limit.spent + limit.reserved;
                const tone = used >= limit.hard ? 'bad' : limit.soft !== null && used >= limit.soft ? 'attention' : 'dim';
                return (
                  <Table.Tr key={`${limit.whose} ${limit.per}`}>
                    <Table.Td>{whoseName(limit.whose)}</Table.Td>
                    <Table.Td>{perName(limit.per)}</Table.Td>
                    <Table.Td><ToneLabel tone={tone}>{limit.spent.toFixed(4)}</ToneLabel></Table.Td>
                    <Table.Td>{limit.reserved.toFixed(4)}</Table.Td>
                    <Table.Td>{limit.soft === null ? '–' : limit.soft.toFixed(2)}</Table.Td>
                    <Table.Td>{limit.hard.toFixed(2)} {broker.currency}</Table.Td>
                    <Table.Td>{formatTime(limit.freeAt)}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Panel>
  );
}

/** The audit, newest first: whom was told what, by hash, and what it took. */
function Calls({ calls, currency }: { calls: readonly CallPartsFragment[]; currency: string }) {
  const { units } = usePlant();
  return (
    <Panel title="Calls" label="Calls" aside={<span className={classes['dim']}>of every node, the newest 20; neither prompts nor answers are kept here</span>}>
      {calls.length === 0 ? <Empty>Nobody has been asked yet.</Empty> : (
        <div className={classes['scroll']}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>Ended</Table.Th><Table.Th>For</Table.Th><Table.Th>What</Table.Th><Table.Th>Whom</Table.Th><Table.Th>Read / written</Table.Th><Table.Th>Took</Table.Th><Table.Th>Cost</Table.Th><Table.Th>Came of it</Table.Th><Table.Th>Prompt</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {calls.map((call) => (
                <Table.Tr key={call.key}>
                  <Table.Td>{formatTime(call.at)}</Table.Td>
                  <Table.Td>{call.who ?? 'TEP itself'}</Table.Td>
                  <Table.Td>{purposeName(call.purpose)}{call.unit ? `, ${units.find(({ key }) => key === call.unit)?.name ?? call.unit}` : ''}</Table.Td>
                  <Table.Td>{call.provider}{call.locality === 'cloud' ? ', elsewhere' : ''}</Table.Td>
                  <Table.Td>{call.inputTokens.toLocaleString()} / {call.outputTokens.toLocaleString()}</Table.Td>
                  <Table.Td>{(call.tookMilliseconds / 1000).toFixed(1)} s</Table.Td>
                  <Table.Td>{call.cost.toFixed(4)} {currency}</Table.Td>
                  <Table.Td><ToneLabel tone={call.outcome === 'answered' ? 'dim' : 'attention'}>{outcomeName(call.outcome)}</ToneLabel></Table.Td>
                  <Table.Td><code title={`${call.prompt}; SHA-256 ${call.promptHash || 'of nothing: nothing was sent'}; ${String(call.evidenceIds.length)} parts of the evidence`}>{call.promptHash ? call.promptHash.slice(0, 8) : '–'}</code></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Panel>
  );
}

function titleOf(order: Order): string {
  if (order.what === 'kill') return 'Stop every call to every model';
  if (order.what === 'allow') return 'Allow calls again';
  const words: Record<LlmBreakerOrder, string> = { REST: 'rests until you take that back', SERVE: 'serves, whatever comes of it', JUDGE: 'judges for itself again' };
  return `${order.provider} ${words[order.order]}`;
}

function Reason({ order, onClose, onGive }: { order: Order; onClose: () => void; onGive: (reason: string) => void }) {
  const [reason, setReason] = useState('');
  return (
    <Modal opened onClose={onClose} title={titleOf(order)}>
      <Textarea label="Why" description="It goes into the audit and onto this page." maxLength={500} autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
      <Group mt="md" gap="xs">
        <Button disabled={reason.trim() === ''} onClick={() => onGive(reason)}>Do it</Button>
        <Button variant="default" onClick={onClose}>Cancel</Button>
      </Group>
    </Modal>
  );
}
