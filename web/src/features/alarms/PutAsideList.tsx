import { Button, Group, Table } from '@mantine/core';
import { Fragment, useMemo, useState, type ReactNode } from 'react';
import { useQuery } from 'urql';

import { SuppressionRulesDocument, type RulePartsFragment } from '@/api/generated/graphql';
import { usePermission } from '@/api/use-permission';
import { formatAge, formatTime } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { alarmOf, bySeverity, useAlarms, type Alarm, type PutAside } from '@/stores/alarms';
import { GuardedButton } from '@/ui/guarded';
import { SeverityMark } from '@/ui/marks';
import { Empty, Panel } from '@/ui/page';

import { Refusals } from './Refusals';
import classes from './alarms.module.css';
import { hiddenBy } from './hidden-by';
import { useAlarmOrder } from './use-alarm-order';

export const asideNames: Record<PutAside, string> = { SHELVED: 'Shelved', SUPPRESSED: 'Suppressed by design', OUT_OF_SERVICE: 'Out of service' };

const nobody: Record<PutAside, string> = { SHELVED: 'No alarm is shelved.', SUPPRESSED: 'No alarm is suppressed.', OUT_OF_SERVICE: 'No alarm is out of service.' };

/** What hides an alarm, and until when. */
function why(alarm: Alarm, now: number, rules: readonly RulePartsFragment[]): string {
  switch (alarm.state) {
    case 'SHELVED':
      return `until ${formatTime(alarm.shelvedUntil)}, in ${formatAge(Date.parse(alarm.shelvedUntil ?? '') - now)}${alarm.shelvedOnce ? ', or until the condition is over' : ''}`;
    case 'SUPPRESSED':
      return hiddenBy(alarm.suppressedBy ?? '', rules, alarmOf);
    default:
      return `under work order ${alarm.workOrder ?? ''}`;
  }
}

/** Who has put it aside, when, and what they said then; what a rule hides nobody has put aside. */
function whoPut({ state, shelf, maintenance }: Alarm): Alarm['shelf'] {
  return state === 'SHELVED' ? shelf : state === 'OUT_OF_SERVICE' ? maintenance : null;
}

function Who({ alarm }: { alarm: Alarm }) {
  const put = whoPut(alarm);
  return <>{put?.by ?? '–'}{put ? <div className={classes['dim']}>{formatTime(put.at)}</div> : null}</>;
}

/** When a whole plant is shut down thousands are suppressed: more rows than these are drawn when they are asked for. */
const AT_FIRST = 200;

interface Part {
  rule: string | null;
  alarms: readonly Alarm[];
  /** How many stand in the parts before it. */
  before: number;
}

/** Alarms by the rule that hides them, and in it those first whose condition holds; what no rule hides is one part. */
function inParts(alarms: readonly Alarm[]): readonly Part[] {
  const found = new Map<string | null, Alarm[]>();
  for (const alarm of [...alarms].sort((a, b) => Number(b.active) - Number(a.active) || bySeverity(a, b))) {
    const rule = alarm.state === 'SUPPRESSED' ? alarm.suppressedBy : null;
    const part = found.get(rule);
    if (part) part.push(alarm);
    else found.set(rule, [alarm]);
  }
  let before = 0;
  return Array.from(found, ([rule, part]) => ({ rule, alarms: part, before: (before += part.length) - part.length }));
}

/** Says once for all alarms of a rule what it is called and why it hides them. */
function RuleLine({ rule, count }: { rule: RulePartsFragment | undefined; count: number }): ReactNode {
  if (!rule) return null;
  return <Table.Tr className={classes['ruleLine']}><Table.Td colSpan={6}><strong>{rule.title}</strong> ({rule.key}) hides {count}: {rule.why}</Table.Td></Table.Tr>;
}

/** One of the three lists of alarms that are put aside: their life goes on unseen, so here it is seen. */
export function PutAsideList({ state, onOpen }: { state: PutAside; onOpen: (key: string) => void }) {
  const aside = useAlarms((s) => s.aside);
  const alarms = useMemo(() => inParts(aside.filter((alarm) => alarm.state === state)), [aside, state]);
  const [shown, setShown] = useState(AT_FIRST);
  const total = useAlarms((s) => s.putAside[state]);
  const complete = useAlarms((s) => s.complete);
  const now = useNow();
  const [{ data: design }] = useQuery({ query: SuppressionRulesDocument, pause: state !== 'SUPPRESSED' });
  const rules = design?.suppressionRules ?? [];
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
                {state === 'SUPPRESSED' ? null : <Table.Th>By</Table.Th>}
                <Table.Th>{state === 'SUPPRESSED' ? 'Said' : 'Reason'}</Table.Th>
                <Table.Th>Underneath</Table.Th>
                <Table.Th aria-label="Bring back" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {alarms.filter(({ before }) => before < shown).map(({ rule, alarms: hidden, before }) => (
                <Fragment key={rule}>
                  <RuleLine rule={rules.find(({ key }) => key === rule)} count={hidden.length} />
                  {hidden.slice(0, shown - before).map((alarm) => (
                    <Table.Tr key={alarm.key}>
                      <Table.Td><SeverityMark severity={alarm.severity} withName /></Table.Td>
                      <Table.Td><button type="button" className={classes['title']} onClick={() => onOpen(alarm.key)}>{alarm.title}</button></Table.Td>
                      <Table.Td className={classes['ruleText']}>{why(alarm, now, rules)}</Table.Td>
                      {state === 'SUPPRESSED' ? null : <Table.Td><Who alarm={alarm} /></Table.Td>}
                      <Table.Td className={classes['ruleText']}>{(state === 'SUPPRESSED' ? alarm.comment : whoPut(alarm)?.reason) ?? '–'}</Table.Td>
                      <Table.Td>{alarm.active ? 'the condition holds' : alarm.latched ? 'latched' : 'the condition is over'}</Table.Td>
                      <Table.Td ta="right">
                        <Group justify="flex-end">
                          {state === 'SHELVED' ? <GuardedButton size="compact-sm" variant="default" permission={shelving} disabled={orders.busy} onClick={() => lift(alarm)}>Unshelve</GuardedButton> : null}
                          {state === 'OUT_OF_SERVICE' ? <GuardedButton size="compact-sm" variant="default" permission={service} disabled={orders.busy} onClick={() => lift(alarm)}>Return to service</GuardedButton> : null}
                        </Group>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Fragment>
              ))}
            </Table.Tbody>
          </Table>
        </div>
        {total > shown ? <Group justify="center" p="sm"><Button size="xs" variant="default" onClick={() => setShown(shown + AT_FIRST)}>Show more ({total - shown} are not shown)</Button></Group> : null}
        {total === 0 ? <Empty>{complete ? nobody[state] : 'The list is being read…'}</Empty> : null}
      </Panel>
    </>
  );
}
