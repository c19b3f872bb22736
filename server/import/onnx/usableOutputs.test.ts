import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import { graphsOf } from '../../../vision/manifest.ts';
import { decided, importBytes } from '../testing/importForTests.ts';
import {
  bytesOf,
  colours,
  floats,
  int,
  ints,
  mapsPort,
  meanModel,
  node,
  PRIMARY,
  strings,
  tensorPort,
} from '../testing/meanModel.ts';
import { decodeModel } from './onnxBytes.ts';
import type { ModelProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';

const { FLOAT, INT64, STRING } = onnx.TensorProto.DataType;
const ML = 'ai.onnx.ml';
const NAMES = ['rot', 'grün', 'blau'];
/** Scores of 10 times the mean colour, so that the colours can be told apart. */
const SCORES = [
  node(
    'Sum',
    Array.from({ length: 10 }, () => 'mean'),
    ['sum'],
  ),
  node('Softmax', ['sum'], ['prob']),
];

async function importColours(
  t: Parameters<typeof importBytes>[0],
  model: ModelProto,
  { files = {}, ...options }: ImportOptions & { files?: Record<string, string> } = {},
) {
  const samples = await colours(PRIMARY);
  const imported = await importBytes(t, bytesOf(model), { scale: 1 / 255, ...options }, { samples, files });
  const graph = await readFile(`${imported.stagingDir}/${graphsOf(imported.manifest).main?.file}`);
  const { report } = imported;
  return {
    report,
    domains: new Set((decodeModel(graph).graph?.node ?? []).map(({ domain }) => domain || 'ai.onnx')),
    topLabels: report.samples.map(({ labels }) => labels[0]?.label),
    leftOut: report.warnings.filter(({ code }) => code === 'output_left_out').map(({ message }) => message),
  };
}

test('a map of labels and scores is read by the tensor that it was made of, and its labels are known', async (t) => {
  // As Custom Vision exports: the label as text, and a map that is called "loss".
  const { topLabels, report, leftOut, domains } = await importColours(
    t,
    meanModel({
      domains: { [ML]: 2 },
      nodes: [
        ...SCORES,
        node('ArgMax', ['prob'], ['best'], [int('axis', 1), int('keepdims', 0)]),
        node(
          'LabelEncoder',
          ['best'],
          ['classLabel'],
          [ints('keys_int64s', 0, 1, 2), strings('values_strings', ...NAMES)],
          ML,
        ),
        node('ZipMap', ['prob'], ['loss'], [strings('classlabels_strings', ...NAMES)], ML),
      ],
      outputs: [tensorPort('classLabel', STRING, ['N']), mapsPort('loss', STRING)],
    }),
  );
  assert.deepEqual(topLabels, NAMES);
  assert.equal(decided(report, 'labels'), 'rot, grün, blau, said by the model');
  assert.deepEqual(
    report.outputs.map(({ name, dtype }) => `${name} ${dtype}`),
    ['loss float32'],
  );
  assert.equal(decided(report, 'activation'), 'none, inferred');
  assert.match(
    leftOut[0] ?? '',
    /"loss" is a sequence of maps; the tensor "prob" that it was made of is read/,
  );
  assert.match(leftOut[1] ?? '', /"classLabel" is a tensor of string, and is ignored/);
  // What made the text and the map is gone: not every runtime has these ops.
  assert.deepEqual([...domains], ['ai.onnx']);
});

test('classes by number are the labels only where nothing else names them', async (t) => {
  // As scikit-learn's exporter writes it: a classifier of ONNX-ML that gives label and scores, and ZipMap behind.
  const model = (...numbers: number[]) =>
    meanModel({
      domains: { [ML]: 1 },
      nodes: [
        node(
          'LinearClassifier',
          ['mean'],
          ['label', 'scores'],
          [
            ints('classlabels_ints', ...numbers),
            floats('coefficients', 9, 0, 0, 0, 9, 0, 0, 0, 9),
            floats('intercepts', 0, 0, 0),
            int('multi_class', 0),
            {
              name: 'post_transform',
              type: onnx.AttributeProto.AttributeType.STRING,
              s: Buffer.from('SOFTMAX'),
            },
          ],
          ML,
        ),
        node('ZipMap', ['scores'], ['probabilities'], [ints('classlabels_int64s', ...numbers)], ML),
      ],
      outputs: [tensorPort('label', INT64, ['N']), mapsPort('probabilities', INT64)],
    });
  const alone = await importColours(t, model(4, 7, 9));
  assert.deepEqual(alone.topLabels, ['4', '7', '9']);
  assert.match(alone.leftOut.join(' '), /"label" is a tensor of int64, and is ignored/);
  const named = await importColours(t, model(4, 7, 9), { files: { 'labels.txt': 'a\nb\nc' } });
  assert.deepEqual(named.topLabels, ['a', 'b', 'c']);
  // 0, 1, 2 say nothing.
  const counted = await importColours(t, model(0, 1, 2));
  assert.ok(counted.report.warnings.some(({ code }) => code === 'no_labels'));
});

test("a classifier's own names are its labels without a map, too", async (t) => {
  const { topLabels } = await importColours(
    t,
    meanModel({
      domains: { [ML]: 1 },
      nodes: [
        node(
          'LinearClassifier',
          ['mean'],
          ['label', 'scores'],
          [
            strings('classlabels_strings', ...NAMES),
            floats('coefficients', 9, 0, 0, 0, 9, 0, 0, 0, 9),
            floats('intercepts', 0, 0, 0),
            int('multi_class', 0),
            {
              name: 'post_transform',
              type: onnx.AttributeProto.AttributeType.STRING,
              s: Buffer.from('SOFTMAX'),
            },
          ],
          ML,
        ),
      ],
      outputs: [tensorPort('label', STRING, ['N']), tensorPort('scores', FLOAT, ['N', 3])],
    }),
  );
  assert.deepEqual(topLabels, NAMES);
});

test('a sequence of one tensor is that tensor; one of several is left out', async (t) => {
  const list = (name: string) => ({
    name,
    type: { sequenceType: { elemType: { tensorType: { elemType: FLOAT } } } },
  });
  const { topLabels, report, leftOut } = await importColours(
    t,
    meanModel({
      nodes: [
        ...SCORES,
        node('SequenceConstruct', ['prob'], ['one']),
        node('SequenceConstruct', ['prob', 'mean'], ['two']),
      ],
      outputs: [list('one'), list('two')],
    }),
    { labels: NAMES },
  );
  assert.deepEqual(topLabels, NAMES);
  assert.deepEqual(
    report.outputs.map(({ name }) => name),
    ['one'],
  );
  assert.match(leftOut.join(' '), /"two" is a sequence of tensors of float32, and is ignored/);
});

test('a model without one tensor of numbers is refused with what it gives', async (t) => {
  const model = meanModel({
    domains: { [ML]: 2 },
    nodes: [
      node('ArgMax', ['mean'], ['best'], [int('axis', 1), int('keepdims', 0)]),
      node(
        'LabelEncoder',
        ['best'],
        ['name'],
        [ints('keys_int64s', 0, 1, 2), strings('values_strings', ...NAMES)],
        ML,
      ),
    ],
    outputs: [tensorPort('name', STRING, ['N'])],
  });
  await assert.rejects(importBytes(t, bytesOf(model)), {
    code: 'unsupported_model',
    message: /no tensor of numbers: its outputs are "name", a tensor of string/,
  });
});

test('outputs whose type is not written down stay what they are', async (t) => {
  const model = meanModel({ nodes: SCORES, outputs: [{ name: 'prob' }] });
  const { topLabels, leftOut } = await importColours(t, model, { labels: NAMES });
  assert.deepEqual([topLabels, leftOut], [NAMES, []]);
});
