import assert from 'node:assert/strict';
import test from 'node:test';
import * as v from 'valibot';
import { graphsOf, Manifest, ModelInput } from './manifest.ts';

const input = { name: 'image', width: 224, height: 224 };
const steps = [
  { op: 'resize', shortest: 256, resample: 'bicubic' },
  { op: 'crop', width: 224, height: 224 },
];

test('an input is described by steps, or, as older manifests do it, by fit, crop and resample', () => {
  for (const described of [
    { ...input, fit: 'stretch' },
    { ...input, fit: 'crop', crop: 0.875, resample: 'antialiased' },
    { ...input, steps },
    { ...input, steps, values: { channels: 'BGR', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } },
  ]) {
    assert.deepEqual(v.parse(ModelInput, described), described);
  }
});

for (const [what, described, message] of [
  ['neither', input, /either `steps`, or `fit`/],
  ['both', { ...input, steps, fit: 'crop' }, /either `steps`, or `fit`/],
  ['steps and how pixels are mixed', { ...input, steps, resample: 'bilinear' }, /either `steps`, or `fit`/],
  [
    'steps that end at another size',
    { ...input, width: 256, steps },
    /steps that give a picture of any shape/,
  ],
  ['steps whose size follows the picture', { ...input, steps: steps.slice(0, 1) }, /of any shape/],
  ['no step at all', { ...input, steps: [] }, /length/i],
  ['a step that is not known', { ...input, steps: [{ op: 'blur', radius: 2 }] }, /Invalid type/],
  [
    'a field of a step that is not known',
    { ...input, steps: [{ op: 'resize', width: 224, height: 224, resample: 'bicubic', gamma: 2 }] },
    /Invalid type/,
  ],
] as const) {
  test(`an input with ${what} is refused`, () => {
    assert.throws(() => v.parse(ModelInput, described), message);
  });
}

const manifestOf = (fields: object) => ({
  id: 'one',
  name: 'One',
  description: '',
  task: 'image-embedding',
  input: { ...input, fit: 'stretch' },
  minScore: { floor: 0, default: 0.5 },
  goldens: [],
  license: { spdx: 'MIT' },
  provenance: { source: 'a test' },
  ...fields,
});
const graph = { file: 'model.onnx', sha256: '0'.repeat(64) };

test('a manifest names its one graph as schema 1 does, or by its name', () => {
  for (const fields of [
    { schema: 1, graph },
    { schema: 2, graphs: { main: graph } },
  ]) {
    assert.deepEqual(graphsOf(v.parse(Manifest, manifestOf(fields))), { main: graph });
  }
});

for (const [what, fields, message] of [
  [
    'the graphs of another task',
    { schema: 2, graphs: { main: graph, other: graph } },
    /needs the graphs main;/,
  ],
  ['no graph', { schema: 2, graphs: {} }, /needs the graphs main;/],
  [
    'a graph outside of its folder',
    { schema: 1, graph: { ...graph, file: '../a' } },
    /inside the model folder/,
  ],
  ['a schema of later', { schema: 3, graphs: { main: graph } }, /schema|Invalid type/],
  ['a task of later', { schema: 1, graph, task: 'reading' }, /Invalid type/],
] as const) {
  test(`a manifest with ${what} is refused`, () => {
    assert.throws(() => v.parse(Manifest, manifestOf(fields)), message);
  });
}
