import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { graphsOf } from '../../../vision/manifest.ts';
import { ImportError } from '../importError.ts';
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
import { decodeModel } from './onnxBytes.ts';
import { onnx } from './onnxProto/onnx.js';

const Type = onnx.TensorProto.DataType;
const COLOURS = Object.keys(PRIMARY);

/** The mean colour times 4 on the diagonal, by weights of a small type that the graph expands. */
function quantised(dataType: number, rawData: Uint8Array, opset: number): Uint8Array {
  const model = meanModel({
    domains: { '': opset },
    irVersion: 11,
    nodes: [
      node('DequantizeLinear', ['w', 'scale'], ['weights']),
      node('MatMul', ['mean', 'weights'], ['logits']),
      node('Softmax', ['logits'], ['y']),
    ],
    weights: [
      { name: 'w', dataType, dims: [3, 3], rawData },
      floatWeights('scale', [], [1]),
      intWeights('axes', [2, 3]),
    ],
    outputs: [tensorPort('y', Type.FLOAT, ['N', 3])],
  });
  // Opset 18 made the axes an input.
  const [mean] = model.graph?.node ?? [];
  assert.ok(mean?.input && mean.attribute);
  mean.input.push('axes');
  mean.attribute = mean.attribute.filter(({ name }) => name !== 'axes');
  return bytesOf(model);
}

/** 3x3 values of 4 bits, two a byte, the first in the low bits. */
const nibbles = (four: number) => Uint8Array.of(four, 0, four, 0, four);

const runs = {
  int4: [Type.INT4, nibbles(4), 21],
  uint4: [Type.UINT4, nibbles(4), 21],
  float8e4m3fn: [Type.FLOAT8E4M3FN, Uint8Array.of(0x48, 0, 0, 0, 0x48, 0, 0, 0, 0x48), 21],
  float8e5m2: [Type.FLOAT8E5M2, Uint8Array.of(0x44, 0, 0, 0, 0x44, 0, 0, 0, 0x44), 21],
} as const;
for (const [name, [type, weights, opset]] of Object.entries(runs)) {
  test(`weights of ${name} are imported, and stay as they are`, async (t) => {
    const bytes = quantised(type, weights, opset);
    const { report, stagingDir, manifest } = await importBytes(
      t,
      bytes,
      { labels: COLOURS, scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
      { samples: await colours(PRIMARY) },
    );
    assert.deepEqual(best(report), COLOURS);
    const deployed = decodeModel(await readFile(`${stagingDir}/${graphsOf(manifest).main?.file}`));
    const kept = deployed.graph?.initializer?.find((one) => one.name === 'w');
    assert.deepEqual([kept?.dataType, [...(kept?.rawData ?? [])]], [type, [...weights]]);
  });
}

test('weights of float4e2m1, which the runtime does not expand, are refused with a code', async (t) => {
  const bytes = quantised(Type.FLOAT4E2M1, nibbles(6), 23);
  await assert.rejects(importBytes(t, bytes, { labels: COLOURS }), (error) => {
    assert.ok(error instanceof ImportError);
    assert.match(`${error.code} ${error.message}`, /unsupported_op .*DequantizeLinear/);
    return true;
  });
});
