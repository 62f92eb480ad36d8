import { expect, test } from 'vitest';

import { catalogue } from '@/api/plant';
import { aPlant } from '@/test-support';

import { pictureOf } from './OverviewPage';
import { TennesseeEastman } from './picture/TennesseeEastman';

const units = ['feed', 'reactor', 'condenser', 'separator', 'compressor', 'stripper', 'product'];

function plantOf(key: string, tags: readonly string[]) {
  const [unit, tag] = [aPlant.units[0], aPlant.tags[0]];
  if (!unit || !tag) throw new Error('the small plant has a unit and a tag');
  return catalogue({
    id: key, key, name: key, loops: [],
    units: units.map((name) => ({ ...unit, id: name, key: name })),
    tags: tags.map((name) => ({ ...tag, id: name, key: name })),
  });
}

const measured = Array.from({ length: 41 }, (_, at) => `XMEAS_${at + 1}`);
const moved = Array.from({ length: 12 }, (_, at) => `XMV_${at + 1}`);

test('a plant is pictured by what it consists of, whatever it is called', () => {
  expect(pictureOf(plantOf('south', [...measured, ...moved]))?.type).toBe(TennesseeEastman);
  expect(pictureOf(plantOf('tennessee-eastman', measured))).toBeUndefined();
  expect(pictureOf(aPlant)).toBeUndefined();
});
