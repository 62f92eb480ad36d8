import { expect, test } from 'vitest';

import { permissionOf } from './use-permission';

test.each([
  ['unknown permissions', undefined, 'Your permissions are not known yet.'],
  ['an action that the server does not list', [], 'Your role does not include this.'],
  ['a refusal without a reason', [{ action: 'source:control', allowed: false, reason: null }], 'Your role does not include this.'],
  ['a refusal with a reason', [{ action: 'source:control', allowed: false, reason: 'It needs an operator.' }], 'It needs an operator.'],
])('%s forbid', (_, listed, reason) => {
  expect(permissionOf(listed, 'source:control')).toEqual({ allowed: false, reason });
});

test('a permission has no reason', () => {
  expect(permissionOf([{ action: 'source:control', allowed: true, reason: 'left over' }], 'source:control')).toEqual({ allowed: true, reason: null });
});
