import type { CombinedError } from '@urql/core';

/** What went wrong, in a sentence for people. */
export function explain(error: CombinedError | Error | undefined | null): string | null {
  if (!error) return null;
  if ('networkError' in error && error.networkError) return 'The server did not answer. Values on this page may be old.';
  if ('graphQLErrors' in error && error.graphQLErrors.length > 0) return error.graphQLErrors.map((e) => e.message).join(' ');
  return error.message;
}

export function codeOf(error: { extensions?: Record<string, unknown> | undefined }): string | undefined {
  const code = error.extensions?.['code'];
  return typeof code === 'string' ? code : undefined;
}
