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

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function some<T extends object>(fields: T): T | undefined {
  return Object.keys(fields).length > 0 ? fields : undefined;
}
