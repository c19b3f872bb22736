import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectionEmbedders } from '../../protocol/things.ts';
import { wasCancelled } from './wasCancelled.ts';

const status = (recognised?: number): CollectionEmbedders => ({
  inUse: 'things',
  embedders: [
    { model: 'things', name: 'Things', serves: true, ...(recognised !== undefined && { recognised }) },
  ],
  ...(recognised !== undefined && { samples: 9 }),
});
const comparing = { done: 1, total: 9 };

test('a comparison is said to be cancelled only where it ended without results and without a failure', () => {
  for (const earlier of [undefined, 0.5]) {
    const before = { ...status(earlier), comparing };
    assert.equal(wasCancelled(before, status(earlier)), true);
    assert.equal(wasCancelled(before, status(0.8)), false, 'its results came');
    assert.equal(wasCancelled(before, before), false, 'it goes on');
    assert.equal(wasCancelled(before, { ...status(earlier), problem: 'It failed.' }), false);
  }
});
