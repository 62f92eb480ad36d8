import type { Alarm } from '@/stores/alarms';

/** How the server says that a worse limit of the same tag hides the milder one. */
const ECLIPSED = 'eclipsed by ';

/** What hides an alarm, as a person reads it: a design rule by its title, a worse limit by that of its alarm, which `known` looks up. */
export function hiddenBy(by: string, rules: readonly { key: string; title: string }[], known: (key: string) => Pick<Alarm, 'title'> | undefined): string {
  const rule = rules.find(({ key }) => key === by);
  if (rule) return `by the rule ${rule.title}`;
  if (!by.startsWith(ECLIPSED)) return `by the rule ${by}`;
  const worse = by.slice(ECLIPSED.length);
  return `by the worse alarm ${known(worse)?.title ?? worse}`;
}
