import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphWalk } from './graphWalk.ts';

test('an output is made of what stands before it, also where that is shown in another order, and of nothing beside it', () => {
  const node = (opType: string, input: string, output: string) => ({
    opType,
    input: [input],
    output: [output],
  });
  const walk = new GraphWalk(
    {
      node: [
        node('Conv', 'image', 'features'),
        node('Conv', 'features', 'map'),
        node('Transpose', 'map', 'shown-map'),
        node('Sigmoid', 'map', 'scores'),
        node('TopK', 'scores', 'table'),
        node('Conv', 'features', 'masks'),
      ],
    },
    new Map(),
  );
  assert.ok(walk.isMadeOf('table', 'map'));
  assert.ok(walk.isMadeOf('table', 'shown-map'));
  assert.ok(!walk.isMadeOf('table', 'masks'));
  assert.ok(!walk.isMadeOf('shown-map', 'table'));
});
