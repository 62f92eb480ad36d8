import { Badge, Button, Group, Modal, SegmentedControl, Switch, Tooltip } from '@mantine/core';
import { useState } from 'react';

import { explain } from '@/api/errors';
import { DisturbancesDocument, type DisturbancePartsFragment, type SourcePartsFragment } from '@/api/generated/graphql';
import { usePermission, type Permission } from '@/api/use-permission';
import { usePolledQuery } from '@/api/use-polled';
import { formatSpeed } from '@/lib/format';
import { useLive } from '@/stores/live';
import { GuardedButton } from '@/ui/guarded';
import { sourceStates, ToneLabel } from '@/ui/marks';
import { Empty, Page, Panel, Problem } from '@/ui/page';

import classes from './scenarios.module.css';
import { useSource, type SourceOrders } from './use-source';

const SPEEDS = [1, 5, 10, 20, 50, 100, 200, 500, 1000];
const ASK_EVERY_MS = 3_000;

/** Whether this person may steer this source, and if not why. */
export function steering(permission: Permission, source: SourcePartsFragment | null): Permission {
  if (!permission.allowed) return permission;
  if (!source) return { allowed: false, reason: 'The source is not known yet.' };
  return source.controllable ? permission : { allowed: false, reason: `A ${source.kind} cannot be steered.` };
}

export function ScenariosPage() {
  const source = useLive((s) => s.source);
  const permission = steering(usePermission('source:control'), source);
  const [{ data, error }] = usePolledQuery(DisturbancesDocument, {}, ASK_EVERY_MS);
  const orders = useSource();
  const disturbances = data?.disturbances ?? [];
  const active = disturbances.filter((d) => d.active).length;
  return (
    <Page title="Scenarios">
      <Problem>{explain(error)}</Problem>
      <Problem>{orders.refusal}</Problem>
      <Simulation source={source} permission={permission} orders={orders} />
      <Panel title="Disturbances" label="Disturbances" aside={<span className={classes['dim']}>{active === 0 ? 'none acts' : `${active} of ${disturbances.length} act`}</span>}>
        {disturbances.length === 0 ? <Empty>{data ? 'This source has no disturbances.' : 'Reading the disturbances…'}</Empty> : null}
        <div className={classes['grid']}>
          {disturbances.map((d) => <Disturbance key={d.number} disturbance={d} permission={permission} orders={orders} />)}
        </div>
      </Panel>
    </Page>
  );
}

function Simulation({ source, permission, orders }: { source: SourcePartsFragment | null; permission: Permission; orders: SourceOrders }) {
  const [resetting, setResetting] = useState(false);
  const paused = source?.state === 'PAUSED';
  const current = source ? String(source.speed) : '';
  // A speed that was ordered elsewhere stands in its place among those that are offered.
  const data = [...new Set(source ? [...SPEEDS, source.speed] : SPEEDS)].sort((a, b) => a - b).map((speed) => ({ label: formatSpeed(speed), value: String(speed) }));
  return (
    <Panel title="Simulation" label="Simulation" aside={source ? <ToneLabel tone={sourceStates[source.state].tone}>{sourceStates[source.state].name}</ToneLabel> : null}>
      {source?.message ? <p className={classes['message']}>{source.message}</p> : null}
      <Group gap="lg">
        <Tooltip label={permission.reason} disabled={permission.allowed}>
          <div className={classes['speeds']} title={permission.allowed ? undefined : (permission.reason ?? undefined)}>
            <span className={classes['label']} id="speed-label">Speed, times real time</span>
            <SegmentedControl aria-labelledby="speed-label" size="sm" value={current} data={data} disabled={!permission.allowed || orders.busy} onChange={(value) => orders.setSpeed(Number(value))} />
          </div>
        </Tooltip>
        <GuardedButton variant="default" permission={permission} disabled={orders.busy} onClick={() => orders.pause(!paused)}>{paused ? 'Resume' : 'Pause'}</GuardedButton>
        <GuardedButton variant="default" permission={permission} disabled={orders.busy} onClick={() => setResetting(true)}>Reset…</GuardedButton>
      </Group>
      <Modal opened={resetting} onClose={() => setResetting(false)} title="Reset the simulation?">
        <p>The plant starts again from its steady state, without disturbances. Recorded history and the alarm journal stay.</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setResetting(false)} data-autofocus>Cancel</Button>
          <Button color="red" onClick={() => { setResetting(false); orders.reset(); }}>Reset the simulation</Button>
        </Group>
      </Modal>
    </Panel>
  );
}

function Disturbance({ disturbance, permission, orders }: { disturbance: DisturbancePartsFragment; permission: Permission; orders: SourceOrders }) {
  const { number, title, kind, effect, active } = disturbance;
  return (
    <div className={classes['disturbance']} data-active={active || undefined}>
      <Tooltip label={permission.reason} disabled={permission.allowed}>
        <div title={permission.allowed ? undefined : (permission.reason ?? undefined)}>
          <Switch
            label={<><strong>IDV {number}</strong> {title}</>}
            checked={active}
            disabled={!permission.allowed || orders.busy}
            onChange={(e) => orders.setDisturbance(number, e.currentTarget.checked)}
          />
        </div>
      </Tooltip>
      <p className={classes['effect']}>{effect}</p>
      <Badge variant="default" radius="sm" size="sm" className={classes['kind']}>{kind}</Badge>
    </div>
  );
}
