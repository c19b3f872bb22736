import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import { seeded } from '../../testing/opHarness.ts';
import type { PickedHead } from './head.ts';
import type { RowMasks } from './maskForms.ts';
import { addMasks } from './masks.ts';
import { candidates } from './reference.ts';
import { masksOf } from './referenceMasks.ts';

const HEAD: PickedHead = {
  kind: 'detection',
  ...{ head: 'boxes-scores-classes', outputs: ['boxes', 'scores', 'classes'], batched: true, firstClass: 0 },
  ...{ columns: { box: 0, score: 4, class: 5, count: 4 }, order: 'left-top-right-bottom', unit: [1, 1] },
  classes: 1,
};
const ROWS = 7;
const of = (over: RowMasks['over'], width: number, height: number, activation: RowMasks['activation']) =>
  ({
    form: 'rows',
    output: 'maps',
    over,
    width,
    height,
    activation,
    inputSize: { width: 40, height: 30 },
  }) as const;

for (const [name, masks] of Object.entries({
  'of the whole input, as logits': of('input', 20, 15, 'sigmoid'),
  'of the whole input, with more cells than are kept': of('input', 200, 150, 'none'),
  'of boxes': of('box', 14, 14, 'none'),
  'of boxes, as logits': of('box', 5, 6, 'sigmoid'),
})) {
  test(`masks ${name}: the graph gives what plain code gives, of any rows and of none`, async () => {
    const graph = new OnnxGraph();
    const { width, height } = masks;
    graph.input({ name: 'maps', dtype: 'float32', shape: [1, ROWS, height, width] });
    graph.input({ name: 'corners', dtype: 'float32', shape: [1, ROWS, 4] });
    graph.input({ name: 'place', dtype: 'int64', shape: ['M', 2] });
    addMasks(graph, masks, { corners: 'corners', coefficients: undefined, place: 'place', sources: 'place' });
    const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'masks'), {
      intraOpNumThreads: 1,
    });
    const property = fc.asyncProperty(
      fc.nat(),
      fc.uniqueArray(fc.integer({ min: 0, max: ROWS - 1 }), { maxLength: ROWS }),
      async (seed, rows) => {
        const random = seeded(seed);
        const maps = Float32Array.from({ length: ROWS * width * height }, () =>
          masks.activation === 'none' ? random() : 8 * random() - 4,
        );
        // Some reach out of the input, and some have no side.
        const boxes = Array.from({ length: ROWS }, (_, row) => {
          const [x, y] = [1.2 * random() - 0.2, 1.2 * random() - 0.2];
          return row === 0 ? [x, y, x, y] : [x, y, x + random(), y + random()];
        });
        const places = BigInt64Array.from(rows.flatMap((row) => [0n, BigInt(row)]));
        const found = await session.run({
          maps: new ort.Tensor('float32', maps, [1, ROWS, height, width]),
          corners: new ort.Tensor('float32', Float32Array.from(boxes.flat()), [1, ROWS, 4]),
          place: new ort.Tensor('int64', places, [rows.length, 2]),
        });
        const tensor = (data: ArrayLike<number>) => ({ dims: [data.length], data: Float64Array.from(data) });
        const outputs = new Map([
          ['maps', tensor(maps)],
          ['boxes', tensor(Float32Array.from(boxes.flat()))],
          ['scores', tensor(boxes.map(() => 1))],
          ['classes', tensor(boxes.map(() => 0))],
        ]);
        const all = candidates(HEAD, outputs, 0);
        const expected = masksOf(
          masks,
          HEAD,
          outputs,
          rows.flatMap((row) => all[row] ?? []),
        );
        assert.deepEqual(found.masks?.dims, [rows.length, expected.height, expected.width]);
        const bytes = Array.from(found.masks?.data as Uint8Array);
        assert.ok(bytes.every((value, at) => Math.abs(value - (expected.data[at] ?? 300)) <= 1));
      },
    );
    await fc.assert(property, { numRuns: 20 });
  });
}
