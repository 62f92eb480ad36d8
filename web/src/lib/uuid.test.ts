import { expect, test, vi } from 'vitest';

import { uuid } from './uuid';

test('a page without a secure origin makes UUIDs of version 4 as well', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const made = [uuid(), uuid()];
  vi.unstubAllGlobals();
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(made[0]).not.toBe(made[1]);
});
