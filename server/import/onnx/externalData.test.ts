import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { graphsOf } from '../../../vision/manifest.ts';
import { importBytes } from '../testing/importForTests.ts';
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
import type { ModelProto, TensorProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';
import { tensorsOf } from './tensorsOf.ts';

const MATRIX = floatWeights('matrix', [3, 3], [0, 9, 0, 0, 0, 9, 9, 0, 0]);
const MORE = floatWeights('more', [3], [0.5, 0.5, 0.5]);
const SHAPE = intWeights('shape', [-1, 3]);
const LABELS = ['of blue', 'of red', 'of green'];

/** Tells a picture by the next of three colours; three of its tensors may lie outside. */
const model = () =>
  meanModel({
    nodes: [
      node('MatMul', ['mean', 'matrix'], ['product']),
      node(
        'Constant',
        [],
        ['half'],
        [{ name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR, t: { ...MORE } }],
      ),
      node('Add', ['product', 'half'], ['sum']),
      node('Reshape', ['sum', 'shape'], ['logits']),
    ],
    weights: [{ ...MATRIX }, { ...SHAPE }],
    outputs: [tensorPort('logits', 1, ['N', 3])],
  });

/** Puts the values of tensors elsewhere; `files` are what lies there. */
function outside(places: Readonly<Record<string, { location: string; offset?: number; length?: number }>>): {
  bytes: Uint8Array;
  files: Record<string, Uint8Array>;
} {
  const changed: ModelProto = model();
  const files: Record<string, Uint8Array> = {};
  for (const tensor of tensorsOf(changed)) {
    const place = places[tensor.name ?? ''];
    if (!place) continue;
    const { location, offset, length } = place;
    const values = Buffer.from(tensor.rawData ?? []);
    const before = files[location] ?? new Uint8Array(0);
    files[location] = Buffer.concat([before, Buffer.alloc((offset ?? 0) - before.length), values]);
    setPlace(tensor, {
      location,
      ...(offset && { offset: String(offset) }),
      ...(length && { length: String(length) }),
    });
  }
  return { bytes: bytesOf(changed), files };
}

function setPlace(tensor: TensorProto, entries: Readonly<Record<string, string>>): void {
  delete tensor.rawData;
  tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
  tensor.externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
}

const cases: readonly [
  what: string,
  places: Parameters<typeof outside>[0],
  bring?: (name: string) => string,
][] = [
  ['a file of any name', { matrix: { location: 'weights of mine.bin' } }],
  [
    'parts of one file',
    { matrix: { location: 'w', offset: 0, length: 36 }, more: { location: 'w', offset: 36 } },
  ],
  ['several files', { matrix: { location: 'net.w' }, more: { location: 'net.pad' } }],
  ['a file in a folder', { matrix: { location: 'sub/w.bin' } }],
  [
    'a file in a folder, as Windows writes it',
    { matrix: { location: 'sub\\w.bin' } },
    (name) => name.replace('\\', '/'),
  ],
  [
    'a file in a folder, from a person who chose it alone',
    { matrix: { location: 'sub/w.bin' } },
    () => 'w.bin',
  ],
  ['a file in a folder by a longer way', { matrix: { location: './sub/../w.bin' } }, () => 'w.bin'],
  ['a file that holds a shape, which the runtime wants in the model', { shape: { location: 'shapes' } }],
];
for (const [what, places, bring = (name: string) => name] of cases) {
  test(`weights outside: ${what}`, async (t) => {
    const options = { scale: 1 / 255, labels: LABELS };
    const samples = await colours(PRIMARY);
    const { bytes, files } = outside(places);
    const brought = Object.fromEntries(
      Object.entries(files).map(([name, content]) => [bring(name), content]),
    );
    const split = await importBytes(t, bytes, options, { samples, files: brought });
    assert.deepEqual(
      split.report.samples.map(({ labels }) => labels[0]?.label),
      ['of red', 'of green', 'of blue'],
    );
    // The deployed graph needs no other file, and is that of the whole model.
    const together = await importBytes(t, bytesOf(model()), options, { samples });
    const graph = await readFile(`${split.stagingDir}/${graphsOf(split.manifest).main?.file}`);
    assert.ok(
      graph.equals(await readFile(`${together.stagingDir}/${graphsOf(together.manifest).main?.file}`)),
    );
  });
}

const refused: readonly [what: string, change: (tensor: TensorProto) => void, says: RegExp][] = [
  [
    'an address in the memory of the runtime',
    (tensor) => setPlace(tensor, { location: '*/_ORT_MEM_ADDR_/*', offset: '4096', length: '36' }),
    /not a path next to it/,
  ],
  [
    'a place of a kind that ONNX does not have',
    (tensor) => {
      setPlace(tensor, { location: 'w' });
      Object.assign(tensor, { dataLocation: 2 });
    },
    /a place of an unknown kind, 2/,
  ],
  [
    'two locations, of which readers could take either',
    (tensor) => {
      setPlace(tensor, { location: 'w' });
      tensor.externalData?.push({ key: 'location', value: '../w' });
    },
    /says twice/,
  ],
  [
    'a length that is not that of the shape',
    (tensor) => setPlace(tensor, { location: 'w', length: '40' }),
    /has 36 bytes, and the file says: 40/,
  ],
  ['an offset below zero', (tensor) => setPlace(tensor, { location: 'w', offset: '-8' }), /from -8 on/],
];
for (const [what, change, says] of refused) {
  test(`weights outside are refused: ${what}`, async (t) => {
    const changed = model();
    const [tensor] = changed.graph?.initializer ?? [];
    assert.ok(tensor);
    change(tensor);
    await assert.rejects(importBytes(t, bytesOf(changed), {}, { files: { w: new Uint8Array(100) } }), {
      code: 'malformed_source',
      message: says,
    });
  });
}

test('all files that are missing are named at once', async (t) => {
  const { bytes } = outside({ matrix: { location: 'one.w' }, more: { location: 'sub/two.w' } });
  await assert.rejects(importBytes(t, bytes), {
    code: 'malformed_source',
    message: /keeps weights in "one.w", "sub\/two.w", and those files are missing. Put all files next to/,
  });
});

test('tensors that share bytes count as often as they are', async (t) => {
  const changed = model();
  const { graph } = changed;
  assert.ok(graph);
  // A file of 100 bytes that stands for 2 GB would not be read 20 times.
  graph.initializer = Array.from({ length: 20 }, (_, i) => {
    const tensor: TensorProto = { name: `w${i}`, dataType: 1, dims: [25_000_000] };
    setPlace(tensor, { location: 'w' });
    return tensor;
  });
  await assert.rejects(importBytes(t, bytesOf(changed), {}, { files: { w: new Uint8Array(100) } }), {
    code: 'too_large',
  });
});
