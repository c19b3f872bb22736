import assert from 'node:assert/strict';
import test from 'node:test';
import { openSession, Tensor } from '../../inference/runtime.ts';
import { tensorOf } from '../onnx/floatTensor.ts';
import { encodeModel } from '../onnx/onnxBytes.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { seeded } from '../testing/opHarness.ts';
import { roundWeights } from './roundWeights.ts';

const { DataType } = onnx.TensorProto;
const random = seeded(5);

for (const { dims, groups } of [
  { dims: [16, 64, 1, 1], groups: 1 },
  { dims: [16, 33, 1, 1], groups: 1 },
  { dims: [16, 6, 3, 3], groups: 1 },
  { dims: [16, 3, 3, 3], groups: 1 },
  { dims: [16, 8, 3, 3], groups: 2 },
  { dims: [16, 1, 3, 3], groups: 16 },
] as const) {
  test(`the runtime cuts off no sum of 7-bit weights, ${dims.join('x')} in ${groups} groups`, async () => {
    const [outputs, inputs, height, width] = dims;
    const each = inputs * height * width;
    const weights = Float32Array.from({ length: outputs * each }, () => (random() * 2 - 1) ** 3);
    const layer = { dims, groups, isDepthwise: groups === outputs };
    const { values } = roundWeights(layer, { weights, bias: new Float32Array(outputs) }, undefined, 7);
    const channels = inputs * groups;
    // One patch, the one for which the first output is as large as can be, and all 255.
    for (const largest of [(weight: number) => weight > 0, () => true]) {
      const patch = Uint8Array.from({ length: channels * height * width }, (_, at) =>
        largest(values[at % each] ?? 0) ? 255 : 0,
      );
      const sums = Array.from({ length: outputs }, (_, to) => {
        const start = Math.floor((to * groups) / outputs) * each;
        let sum = 0;
        for (let at = 0; at < each; at++) sum += (values[to * each + at] ?? 0) * (patch[start + at] ?? 0);
        return sum;
      });
      const most = Math.max(...sums.map(Math.abs));
      const found = await convolve({ values, dims, groups, patch, scale: most / 127 });
      for (const [to, sum] of sums.entries()) {
        const expected = 128 + (127 * sum) / most;
        assert.ok(Math.abs((found[to] ?? 0) - expected) < 0.51, `${to}: ${found[to]} instead of ${expected}`);
      }
    }
  });
}

/** By the runtime's int8 kernel. @returns one uint8 for each output, 128 for a sum of zero */
async function convolve({
  values,
  dims,
  groups,
  patch,
  scale,
}: {
  values: Int8Array;
  dims: readonly [number, number, number, number];
  groups: number;
  patch: Uint8Array;
  scale: number;
}): Promise<Uint8Array> {
  const type = { tensorType: { elemType: DataType.UINT8 } };
  const input = ['x', 'one', 'zero', 'weights', 'one', 'signedZero', 'scale', 'middle'];
  const group = [{ name: 'group', type: 2, i: groups }];
  const session = await openSession(
    encodeModel({
      irVersion: 7,
      opsetImport: [{ domain: '', version: 13 }],
      graph: {
        name: 'patch',
        node: [{ opType: 'QLinearConv', name: 'patch', input, output: ['y'], attribute: group }],
        input: [{ name: 'x', type }],
        output: [{ name: 'y', type }],
        initializer: [
          tensorOf('one', Float32Array.of(1)),
          tensorOf('scale', Float32Array.of(scale)),
          tensorOf('zero', Uint8Array.of(0)),
          tensorOf('middle', Uint8Array.of(128)),
          tensorOf('signedZero', Int8Array.of(0)),
          tensorOf('weights', values, dims),
        ],
      },
    }),
    { intraOpNumThreads: 1, logSeverityLevel: 4 },
  );
  try {
    const [, inputs, height, width] = dims;
    const { y } = await session.run({ x: new Tensor('uint8', patch, [1, inputs * groups, height, width]) });
    assert.ok(y?.data instanceof Uint8Array);
    return y.data;
  } finally {
    await session.release();
  }
}
