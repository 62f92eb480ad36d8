import { expect, test } from 'vitest';

import { behind } from './AlarmDetail';

const causes = [{ cause: { name: 'A feed lost, step' } }];

test.each([
  ['ONE', 'A feed lost, step'],
  ['ONE_OF', 'one of several causes that cannot be told apart'],
  ['INCONCLUSIVE', 'the diagnosis is inconclusive'],
] as const)('behind an alarm, a diagnosis of %s reads %s', (certainty, words) => {
  expect(behind({ certainty, causes })).toBe(words);
});
