import assert from 'node:assert/strict';
import test from 'node:test';
import { best, importBytes } from '../testing/importForTests.ts';
import {
  bytesOf,
  colours,
  floatWeights,
  intWeights,
  meanModel,
  node,
  PRIMARY,
  tensorPort,
} from '../testing/meanModel.ts';

test('weights that are listed as inputs are none, sparse ones and ones called as our own included', async (t) => {
  const model = meanModel({
    nodes: [node('MatMul', ['mean', 'boxes'], ['product']), node('Add', ['product', 'images'], ['logits'])],
    weights: [floatWeights('images', [3], [0, 0, 0])],
    outputs: [tensorPort('logits', 1, ['N', 3])],
  });
  const { graph } = model;
  assert.ok(graph?.input);
  // Of 3x3 values those at 1, 5 and 6: red gives the second score, green the third, blue the first.
  graph.sparseInitializer = [
    { dims: [3, 3], values: floatWeights('boxes', [3], [9, 9, 9]), indices: intWeights('at', [1, 5, 6]) },
  ];
  graph.input.push(tensorPort('images', 1, [3]), tensorPort('boxes', 1, [3, 3]));
  const options = { scale: 1 / 255, labels: ['of blue', 'of red', 'of green'] };
  const { report } = await importBytes(t, bytesOf(model), options, { samples: await colours(PRIMARY) });
  assert.deepEqual(best(report), ['of red', 'of green', 'of blue']);
  assert.deepEqual(
    report.inputs.map(({ name }) => name),
    ['x'],
  );
});
