import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { readOnnx } from '../../../app/device/litert/onnxReader.ts';
import { encodeModel } from '../onnx/onnxBytes.ts';
import { withHalfWeights } from './halfWeights.ts';

/** y = MatMul(x, w); z = Add(y, b): `w` are weights, `b` is none. */
function graph(w: Float32Array, { asConstant = false } = {}): Uint8Array {
  const raw = (values: Float32Array) => new Uint8Array(values.buffer);
  const weights = { name: 'w', dataType: 1, dims: [64, 64], rawData: raw(w) };
  const values = { name: 'b', dataType: 1, dims: [4_096], rawData: raw(new Float32Array(4_096).fill(1 / 3)) };
  return encodeModel({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'g',
      initializer: asConstant ? [values] : [weights, values],
      node: [
        ...(asConstant
          ? [{ opType: 'Constant', output: ['w'], attribute: [{ name: 'value', type: 4, t: weights }] }]
          : []),
        { opType: 'MatMul', input: ['x', 'w'], output: ['y'] },
        { opType: 'Add', input: ['y', 'b'], output: ['z'] },
      ],
      input: [{ name: 'x' }],
      output: [{ name: 'z' }],
    },
  });
}
const third = () => new Float32Array(64 * 64).fill(1 / 3);

test('weights become float16 behind a Cast; other constants stay as they are', () => {
  const half = readOnnx(withHalfWeights(graph(third())) ?? new Uint8Array());
  assert.deepEqual(
    half.nodes.map(({ op, inputs, outputs }) => `${op}(${inputs.join()})=${outputs.join()}`),
    ['Cast(w:float16)=w', 'MatMul(x,w)=y', 'Add(y,b)=z'],
  );
  assert.deepEqual(half.constants.get('w:float16')?.dims, [64, 64]);
  assert.equal(half.constants.get('w:float16')?.data[4_095], 0.333251953125);
  assert.equal(half.constants.get('b')?.data[0], Math.fround(1 / 3));
});

test('so do weights of a Constant', () => {
  const half = readOnnx(withHalfWeights(graph(third(), { asConstant: true })) ?? new Uint8Array());
  assert.deepEqual(
    half.nodes.map(({ op, inputs, outputs }) => `${op}(${inputs.join()})=${outputs.join()}`),
    ['Constant()=w:float16', 'Cast(w:float16)=w', 'MatMul(x,w)=y', 'Add(y,b)=z'],
  );
});

test('weights beyond the range of float16 stay float32, and so does a file that would save little', () => {
  assert.equal(withHalfWeights(graph(third().fill(70_000))), undefined);
  assert.equal(withHalfWeights(new Uint8Array()), undefined);
});

test('a file that ends too early is no graph', async () => {
  const file = await readFile('models/coco-ssd/model.onnx');
  assert.throws(() => withHalfWeights(file.subarray(0, 1_000_000)), RangeError);
});
