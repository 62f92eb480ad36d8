import type { LlmDataClass } from '@/api/generated/graphql';

/** What a model may be told, in words; a new class in the schema does not compile until it is named here. */
export const dataClasses: Record<LlmDataClass, string> = {
  PROCESS: 'values and alarms of the process',
  PEOPLE: 'names and remarks of people',
  DOCUMENTS: 'documents',
};

const purposes: Readonly<Record<string, string>> = { explanation: 'Explaining an alarm', question: 'A question about an alarm', evaluation: 'Measuring explanations' };

/** What a call was for. A name that this page does not know yet is shown as it is. */
export function purposeName(purpose: string): string {
  return purposes[purpose] ?? purpose;
}

const outcomes: Readonly<Record<string, string>> = {
  context_exceeded: 'too long for it', refused: 'it refused', not_let_in: 'it did not let us in', rate_limited: 'it asked us to wait', failed: 'it failed', unreachable: 'not reached',
  timeout: 'took too long', broken: 'answer was no use', too_large: 'answer too large', redirected: 'it redirected', prompt_cut: 'it cut the prompt', misconfigured: 'wrongly configured',
  killed: 'stopped by order', stopped: 'the broker was away', expired: 'came too late', shed: 'left out, too many', abandoned: 'called off',
};

/** What came of a call. */
export function outcomeName(outcome: string): string {
  return outcomes[outcome] ?? outcome.replaceAll('_', ' ');
}

const scopes: Readonly<Record<string, string>> = { everything: 'Everything', user: 'User', unit: 'Unit', purpose: 'Purpose' };

/** Whose limit it is: "user olga" reads "User olga", "purpose question" "Purpose: a question about an alarm". */
export function whoseName(whose: string): string {
  const [scope = '', ...rest] = whose.split(' ');
  const name = scopes[scope] ?? scope;
  if (rest.length === 0) return name;
  return scope === 'purpose' ? `${name}: ${purposeName(rest.join(' ')).toLowerCase()}` : `${name} ${rest.join(' ')}`;
}

/** What a budget covers, and when it starts anew. */
export function perName(per: string): string {
  return per === 'day' ? 'day (UTC)' : per;
}
