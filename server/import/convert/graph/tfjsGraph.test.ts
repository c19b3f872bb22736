import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { halfToNumber } from '../../../../vision/half.ts';
import { ImportError } from '../../importError.ts';
import { readTfjsGraph } from './tfjsGraph.ts';
import { decodeWeight, storedBytes, type WeightEntry } from './tfjsWeights.ts';

const entries: WeightEntry[] = [
  { name: 'plain', shape: [2, 2], dtype: 'float32' },
  { name: 'whole', shape: [3], dtype: 'int32' },
  { name: 'truth', shape: [3], dtype: 'bool' },
  { name: 'half', shape: [9], dtype: 'float32', quantization: { dtype: 'float16' } },
  { name: 'bytes', shape: [4], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.017, min: -1.5 } },
  { name: 'words', shape: [2], dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.0003, min: 2 } },
  { name: 'steps', shape: [4], dtype: 'int32', quantization: { dtype: 'uint8', scale: 2.51, min: -7 } },
];
const bytes = Buffer.concat([
  Buffer.from(Float32Array.of(1, -2.5, 1e-20, 3e8).buffer),
  Buffer.from(Int32Array.of(-1, 0, 2_000_000_000).buffer),
  Buffer.from([1, 0, 1]),
  // zero, minus zero, smallest and largest subnormal, smallest normal, one, largest, infinities
  Buffer.from(Uint16Array.of(0, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0x7c00, 0xfc00).buffer),
  Buffer.from([0, 1, 128, 255]),
  Buffer.from(Uint16Array.of(1, 65535).buffer),
  Buffer.from([0, 1, 2, 255]),
]);

test('weights decode as in TensorFlow.js, quantised ones too', async () => {
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const expected = tf.io.decodeWeights(data, entries as tf.io.WeightsManifestEntry[]);
  let offset = 0;
  for (const entry of entries) {
    const length = storedBytes(entry);
    const found = decodeWeight(entry, bytes.subarray(offset, offset + length));
    offset += length;
    assert.equal(found.dtype, entry.dtype);
    assert.deepEqual(
      Array.from(found.data),
      Array.from((await expected[entry.name]?.data()) ?? []),
      entry.name,
    );
  }
  assert.equal(offset, bytes.length);
});

test('float16 has its subnormals, infinities and NaN', () => {
  assert.equal(halfToNumber(0x0001), 2 ** -24);
  assert.equal(halfToNumber(0xc000), -2);
  assert.equal(halfToNumber(0xfc00), Number.NEGATIVE_INFINITY);
  assert.ok(Number.isNaN(halfToNumber(0x7e00)));
});

const graphOf = (attr: unknown, weights: WeightEntry[] = []) => ({
  modelTopology: { node: [{ name: 'n', op: 'Op', input: ['a', '^order', 'b:1'], attr }] },
  weightsManifest: [{ paths: ['one', 'two'], weights }],
});
const noBytes = () => new Uint8Array();

test('text attributes are read from base64 and from the byte arrays of old files', () => {
  const attr = {
    modern: { s: 'U0FNRQ==' },
    old: { s: [83, 65, 77, 69] },
    none: { s: [] },
    many: { list: { s: ['UmVsdQ==', [69, 108, 117]], i: ['1', 2] } },
    number: { i: '-7' },
    type: { type: 'DT_INT32' },
    oldType: { type: 3 },
  };
  const node = readTfjsGraph(graphOf(attr), noBytes).nodes.get('n');
  assert.ok(node);
  assert.equal(node.text('modern', ''), 'SAME');
  assert.equal(node.text('old', ''), 'SAME');
  assert.equal(node.text('none', 'x'), '');
  assert.equal(node.text('absent', 'x'), 'x');
  assert.deepEqual(node.texts('many'), ['Relu', 'Elu']);
  assert.deepEqual(node.ints('many'), [1, 2]);
  assert.equal(node.int('number', 0), -7);
  assert.equal(node.dtype('type'), 'int32');
  assert.equal(node.dtype('oldType'), 'int32');
  assert.deepEqual(node.inputs, ['a', 'b:1'], 'control inputs are left out');
});

test('a weight may lie across two shards', () => {
  const whole = Buffer.from(Float32Array.of(1, 2).buffer);
  const shards: Record<string, Uint8Array> = { one: whole.subarray(0, 5), two: whole.subarray(5) };
  const graph = readTfjsGraph(
    graphOf({}, [{ name: 'w', shape: [2], dtype: 'float32' }]),
    (path) => shards[path] ?? noBytes(),
  );
  assert.deepEqual(graph.weights.get('w')?.data, Float32Array.of(1, 2));
});

test('a file of another kind and shards that are too short are refused', () => {
  const short = graphOf({}, [{ name: 'w', shape: [2], dtype: 'float32' }]);
  for (const json of [null, {}, { modelTopology: { model_config: {} }, weightsManifest: [] }, short]) {
    assert.throws(
      () => readTfjsGraph(json, noBytes),
      (error) => error instanceof ImportError && error.code === 'malformed_source',
    );
  }
});
