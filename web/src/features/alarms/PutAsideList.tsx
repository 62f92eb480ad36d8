import { Group, Table } from '@mantine/core';
import { useQuery } from 'urql';

import { SuppressionRulesDocument, type RulePartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { useAlarms, type Alarm, type PutAside } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { SeverityMark } from '@/ui/marks';
import { Empty, Panel } from '@/ui/page';

import { Refusals } from './AlarmList';
import classes from './alarms.module.css';
import { useAlarmOrder } from './use-alarm-order';

export const asideNames: Record<PutAside, string> = { SHELVED: 'Shelved', SUPPRESSED: 'Suppressed by design', OUT_OF_SERVICE: 'Out of service' };

const nobody: Record<PutAside, string> = { SHELVED: 'No alarm is shelved.', SUPPRESSED: 'No alarm is suppressed.', OUT_OF_SERVICE: 'No alarm is out of service.' };

/** What hides an alarm, and until when. A rule is named with what it is called and why it hides. */
function why(alarm: Alarm, now: number, rules: readonly RulePartsFragment[]): string {
  switch (alarm.state) {
    case 'SHELVED':
      return `until ${formatTime(alarm.shelvedUntil)}, in ${formatAge(Date.parse(alarm.shelvedUntil ?? '') - now)}${alarm.shelvedOnce ? ', or until the condition is over' : ''}`;
    case 'SUPPRESSED': {
      const rule = rules.find(({ key }) => key === alarm.suppressedBy);
      return rule ? `${rule.title} (${rule.key}): ${rule.why}` : (alarm.suppressedBy ?? '');
    }
    default:
      return `under work order ${alarm.workOrder ?? ''}, taken by ${alarm.outOfServiceBy ?? ''}`;
  }
}

/** One of the three lists of alarms that are put aside: their life goes on unseen, so here it is seen. */
export function PutAsideList({ state, onOpen }: { state: PutAside; onOpen: (key: string) => void }) {
  const alarms = useAlarms((s) => s.aside).filter((alarm) => alarm.state === state);
  const complete = useAlarms((s) => s.complete);
  const now = useNow();
  const [{ data: design }] = useQuery({ query: SuppressionRulesDocument, pause: state !== 'SUPPRESSED' });
  const shelving = usePermission('alarm:shelve');
  const service = usePermission('alarm:out-of-service');
  const orders = useAlarmOrder();
  const lift = (alarm: Alarm) => void orders.order({ what: state === 'SHELVED' ? 'unshelve' : 'giveBack' }, [alarm]);
  return (
    <>
      <Refusals refusals={orders.refusals} retry={orders.retry} onClose={orders.forget} />
      <Panel flush label={asideNames[state]}>
        <div className={classes['scroll']}>
          <Table verticalSpacing={6} aria-label={asideNames[state]} className={classes['table']}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Severity</Table.Th>
                <Table.Th>Alarm</Table.Th>
                <Table.Th>Hidden</Table.Th>
                <Table.Th>Underneath</Table.Th>
                <Table.Th>Said</Table.Th>
                <Table.Th aria-label="Bring back" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {alarms.map((alarm) => (
                <Table.Tr key={alarm.key}>
                  <Table.Td><SeverityMark severity={alarm.severity} withName /></Table.Td>
                  <Table.Td><button type="button" className={classes['title']} onClick={() => onOpen(alarm.key)}>{alarm.title}</button></Table.Td>
                  <Table.Td className={classes['ruleText']}>{why(alarm, now, design?.suppressionRules ?? [])}</Table.Td>
                  <Table.Td>{alarm.active ? 'the condition holds' : alarm.latched ? 'latched' : 'the condition is over'}</Table.Td>
                  <Table.Td>{alarm.comment ?? '–'}</Table.Td>
                  <Table.Td ta="right">
                    <Group justify="flex-end">
                      {state === 'SHELVED' ? <GuardedButton size="compact-sm" variant="default" permission={shelving} disabled={orders.busy} onClick={() => lift(alarm)}>Unshelve</GuardedButton> : null}
                      {state === 'OUT_OF_SERVICE' ? <GuardedButton size="compact-sm" variant="default" permission={service} disabled={orders.busy} onClick={() => lift(alarm)}>Return to service</GuardedButton> : null}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
        {alarms.length === 0 ? <Empty>{complete ? nobody[state] : 'The list is being read…'}</Empty> : null}
      </Panel>
    </>
  );
}
