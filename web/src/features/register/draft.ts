import type { ConsequenceSeverity, RegisterChangesInput, RegisterSettingsPartsFragment, Severity } from '@/api/generated/graphql';

/** What stands in the form; a number field that is empty is an empty text. */
export interface Draft {
  severity: Severity;
  minutes: number | string;
  safety: ConsequenceSeverity;
  environment: ConsequenceSeverity;
  economics: ConsequenceSeverity;
  justification: string;
  class: string;
  cause: string;
  consequence: string;
  guidance: string;
  value: number | string;
  deadband: number | string;
  onDelay: number | string;
  offDelay: number | string;
  latching: boolean;
  reAlarm: number | string;
  shelve: number | string;
}

export function draftOf(settings: RegisterSettingsPartsFragment): Draft {
  const { assessment, limit, handling } = settings;
  return {
    severity: settings.severity,
    minutes: assessment?.timeToRespondMinutes ?? '',
    safety: assessment?.safety ?? 'NONE',
    environment: assessment?.environment ?? 'NONE',
    economics: assessment?.economics ?? 'NONE',
    justification: settings.justification ?? '',
    class: settings.class ?? '',
    cause: settings.cause,
    consequence: settings.consequence,
    guidance: settings.guidance,
    value: shown(limit?.value),
    deadband: shown(limit?.deadband),
    onDelay: limit?.onDelaySeconds ?? '',
    offDelay: limit?.offDelaySeconds ?? '',
    latching: handling.latching,
    reAlarm: handling.reAlarmAfterMinutes ?? '',
    shelve: handling.shelveMinutesMax,
  };
}

/** A share of a range has digits that nobody has written: 0.056000000000000004. */
function shown(given: number | undefined): number | string {
  return given === undefined ? '' : Number(given.toPrecision(12));
}

/** What differs from what is approved; nothing else is sent, so that nobody changes what they have not looked at. */
export function changesOf(base: RegisterSettingsPartsFragment, draft: Draft): RegisterChangesInput {
  const before = draftOf(base);
  const differs = (name: keyof Draft) => draft[name] !== before[name];
  const number = (name: keyof Draft) => (differs(name) && typeof draft[name] === 'number' ? draft[name] : undefined);
  const text = (name: 'cause' | 'consequence' | 'guidance') => (differs(name) ? draft[name] : undefined);
  const optional = (name: 'class' | 'justification') => (differs(name) ? draft[name].trim() || null : undefined);
  const assessed = differs('minutes') || differs('safety') || differs('environment') || differs('economics');
  const { minutes, safety, environment, economics } = draft;
  return defined({
    severity: differs('severity') ? draft.severity : undefined,
    assessment: assessed ? (typeof minutes === 'number' ? { timeToRespondMinutes: minutes, safety, environment, economics } : null) : undefined,
    class: optional('class'),
    justification: optional('justification'),
    cause: text('cause'),
    consequence: text('consequence'),
    guidance: text('guidance'),
    limit: some(defined({ value: number('value'), deadband: number('deadband'), onDelaySeconds: number('onDelay'), offDelaySeconds: number('offDelay') })),
    handling: some(
      defined({
        latching: differs('latching') ? draft.latching : undefined,
        reAlarmAfterMinutes: differs('reAlarm') ? (typeof draft.reAlarm === 'number' && draft.reAlarm > 0 ? draft.reAlarm : null) : undefined,
        shelveMinutesMax: number('shelve'),
      }),
    ),
  });
}

/** The least that a number may be, by its field in the form, and what the field is called in an order. */
const least = {
  minutes: { order: 'timeToRespondMinutes', min: 0, mayBeEmpty: true },
  value: { order: 'value', min: -Infinity, mayBeEmpty: false },
  deadband: { order: 'deadband', min: 0, mayBeEmpty: false },
  onDelay: { order: 'onDelaySeconds', min: 0, mayBeEmpty: false },
  offDelay: { order: 'offDelaySeconds', min: 0, mayBeEmpty: false },
  reAlarm: { order: 'reAlarmAfterMinutes', min: 0, mayBeEmpty: true },
  shelve: { order: 'shelveMinutesMax', min: 1, mayBeEmpty: false },
} as const satisfies Partial<Record<keyof Draft, { order: string; min: number; mayBeEmpty: boolean }>>;

/** What is wrong with the numbers, by the name of the field in an order. A number that was put right in silence would be approved unseen. */
export function mistakesOf(base: RegisterSettingsPartsFragment, draft: Draft): Readonly<Record<string, string>> {
  const before = draftOf(base);
  const found: Record<string, string> = {};
  for (const [field, { order, min, mayBeEmpty }] of Object.entries(least)) {
    const value = draft[field as keyof typeof least];
    if (typeof value === 'number') {
      if (value < min) found[order] = `Must be at least ${min}.`;
    } else if (value.trim() !== '' && value !== before[field as keyof typeof least]) found[order] = 'Is no number.';
    else if (!mayBeEmpty && before[field as keyof typeof least] !== '') found[order] = 'Needs a number.';
  }
  return found;
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function some<T extends object>(fields: T): T | undefined {
  return Object.keys(fields).length > 0 ? fields : undefined;
}
