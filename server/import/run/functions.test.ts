import assert from 'node:assert/strict';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import type { ModelProto, NodeProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { importBytes } from '../testing/importForTests.ts';
import { bytesOf, colours, floatWeights, meanModel, node, tensorPort } from '../testing/meanModel.ts';

const { AttributeType } = onnx.AttributeProto;
const DOMAIN = 'custom';

/** A model whose last node is a function that came with it; softmax of [0.2 * factor, 0, 0] for a dark red. */
const withFunctions = (
  functions: NonNullable<ModelProto['functions']>,
  nodes: readonly NodeProto[],
): Uint8Array =>
  bytesOf(
    meanModel({
      irVersion: 10,
      domains: { [DOMAIN]: 1 },
      functions: functions.map((one) => ({
        domain: DOMAIN,
        input: ['image'],
        output: ['scores'],
        opsetImport: [{ domain: '', version: 13 }],
        ...one,
      })),
      nodes,
      outputs: [tensorPort('y', 1, ['N', 3])],
    }),
  );

async function scoreOfRed(
  t: Parameters<typeof importBytes>[0],
  bytes: Uint8Array,
  files: Record<string, Uint8Array> = {},
): Promise<number> {
  const labels = ['red', 'green', 'blue'];
  const options: ImportOptions = { scale: 1 / 255, labels, activation: 'softmax' };
  const samples = await colours({ 'dark red': [51, 0, 0] });
  const { report } = await importBytes(t, bytes, options, { samples, files });
  const [first] = report.samples[0]?.labels ?? [];
  assert.equal(first?.label, 'red');
  return first?.score ?? 0;
}
const softmaxOfRed = (logit: number) => Math.exp(logit) / (Math.exp(logit) + 2);
const isNear = (found: number, right: number) =>
  assert.ok(Math.abs(found - right) < 1e-3, `${found}, ${right} is right`);

test('default values of a function, which IR version 9 brought, count', async (t) => {
  const gain = {
    name: 'Gain',
    attributeProto: [{ name: 'gain', type: AttributeType.FLOAT, f: 8 }],
    node: [
      node('Constant', [], ['k'], [{ name: 'value_float', type: AttributeType.FLOAT, refAttrName: 'gain' }]),
      node('Mul', ['image', 'k'], ['scores']),
    ],
  };
  const bytes = withFunctions([gain], [node('Gain', ['mean'], ['y'], [], DOMAIN)]);
  isNear(await scoreOfRed(t, bytes), softmaxOfRed(0.2 * 8));
});

test('of functions of one name, the overload that a node names is run; their names are their own', async (t) => {
  // Inside, values are called as those of a deployed graph are: they mean something else there.
  const mix = (overload: string, factors: number[]) => ({
    name: 'Mix',
    overload,
    node: [
      node(
        'Constant',
        [],
        ['boxes'],
        [{ name: 'value', type: AttributeType.TENSOR, t: floatWeights('k', [3], factors) }],
      ),
      node('Mul', ['image', 'boxes'], ['scores']),
    ],
  });
  const call = (overload: string, from: string, to: string) => ({
    ...node('Mix', [from], [to], [], DOMAIN),
    overload,
  });
  const bytes = withFunctions(
    [mix('strong', [8, 8, 8]), mix('half', [0.5, 0, 0])],
    // "scores" and "image" are values of the graph, too.
    [call('strong', 'mean', 'scores'), call('half', 'scores', 'y')],
  );
  isNear(await scoreOfRed(t, bytes), softmaxOfRed(0.2 * 8 * 0.5));
});

test('weights of a function may lie outside, too', async (t) => {
  const { rawData, ...tensor } = floatWeights('k', [3], [8, 0, 0]);
  assert.ok(rawData);
  const outside = {
    ...tensor,
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: 'factors' }],
  };
  const gain = {
    name: 'Gain',
    node: [
      node('Constant', [], ['k'], [{ name: 'value', type: AttributeType.TENSOR, t: outside }]),
      node('Mul', ['image', 'k'], ['scores']),
    ],
  };
  const bytes = withFunctions([gain], [node('Gain', ['mean'], ['y'], [], DOMAIN)]);
  isNear(await scoreOfRed(t, bytes, { factors: rawData }), softmaxOfRed(0.2 * 8));
});
