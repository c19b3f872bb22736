import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import * as v from 'valibot';
import { ImportError } from '../../importError.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import { readTfjsModel } from '../tfjsModel.ts';
import { trainingLayers } from './preprocessingLayers.ts';

const Values = v.object({ shape: v.array(v.number()), values: v.array(v.number()) });
const Fixture = v.object({
  input: Values,
  output: Values,
  h5: v.looseObject({}),
  keras: v.looseObject({}),
  h5Weights: v.string(),
  kerasWeights: v.string(),
});
const fixture = async (name: string) =>
  v.parse(
    Fixture,
    JSON.parse(await readFile(new URL(`../../fixtures/keras3/${name}.json`, import.meta.url), 'utf8')),
  );

/** Converts and runs. */
async function answer(json: unknown, weights: Uint8Array, { shape, values }: v.InferOutput<typeof Values>) {
  const { graph, outputs } = readTfjsModel(json, () => weights).convert();
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'keras'), { intraOpNumThreads: 1 });
  const found = await session.run({ input: new ort.Tensor('float32', Float32Array.from(values), shape) });
  const output = found[outputs[0]?.name ?? ''];
  assert.ok(output);
  return { shape: [...output.dims], values: [...(output.data as Float32Array)] };
}

for (const name of ['sequential', 'transfer', 'shared']) {
  for (const form of ['h5', 'keras'] as const) {
    test(`Keras 3, ${name}, from a file of .${form}: as in Keras`, async () => {
      const model = await fixture(name);
      const weights = Buffer.from(model[`${form}Weights`], 'base64');
      const found = await answer(model[form], weights, model.input);
      assert.deepEqual(found.shape, model.output.shape);
      model.output.values.forEach((expected, at) => {
        const difference = Math.abs(expected - (found.values[at] ?? Number.NaN));
        assert.ok(
          difference <= 2e-4 * Math.max(1, Math.abs(expected)),
          `${at}: ${expected}, not ${found.values[at]}`,
        );
      });
    });
  }
}

/** A Sequential of Keras 3 around layers of a picture of 4x4. */
const around = (...layers: { class_name: string; config: Record<string, unknown> }[]) => ({
  modelTopology: {
    keras_version: '3.5.0',
    model_config: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [
          { class_name: 'InputLayer', config: { name: 'in', batch_shape: [null, 4, 4, 3] } },
          ...layers.map(({ class_name, config }) => ({ class_name, config: { name: 'it', ...config } })),
        ],
      },
    },
  },
  weightsManifest: [],
});
const picture = { shape: [1, 4, 4, 3], values: Array.from({ length: 48 }, (_, at) => at) };

test('layers that only training needs change nothing', async () => {
  const all = trainingLayers.map((class_name, at) => ({ class_name, config: { name: `layer_${at}` } }));
  const model = around(...all, {
    class_name: 'Activation',
    config: { activation: { module: 'builtins', class_name: 'function', config: 'relu' } },
  });
  assert.deepEqual(await answer(model, new Uint8Array(), picture), picture);
});

const refused: [title: string, className: string, config: Record<string, unknown>, says: RegExp][] = [
  ['a layer of its own', 'MyLayer', {}, /MyLayer "it".*is not supported/],
  [
    'a crop that would enlarge',
    'CenterCrop',
    { height: 5, width: 4 },
    /CenterCrop "it".*larger than the picture/,
  ],
  [
    'a resize that cuts',
    'Resizing',
    { height: 2, width: 2, crop_to_aspect_ratio: true },
    /crop_to_aspect_ratio/,
  ],
  ['a normalisation of another axis', 'Normalization', { axis: [1], mean: 1, variance: 1 }, /axes 1/],
  [
    'an activation of its own',
    'Activation',
    { activation: { class_name: 'MyAct', config: {} } },
    /"MyAct" is not supported/,
  ],
  ['weights that are not there', 'Dense', { units: 2 }, /no weights "kernel"/],
];
for (const [title, class_name, config, says] of refused) {
  test(`Keras 3: ${title} is refused by name`, async () => {
    const model = around({ class_name, config });
    await assert.rejects(
      () => answer(model, new Uint8Array(), picture),
      (error) => error instanceof ImportError && says.test(error.message),
    );
  });
}

test('weights of one name twice are refused: Keras 3 drops the models around some layers', async () => {
  const model = {
    ...around(),
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: ['a', 'a'].map(() => ({ name: 'dense/kernel', shape: [1], dtype: 'float32' })),
      },
    ],
  };
  await assert.rejects(() => answer(model, new Uint8Array(8), picture), /two weights.*"dense\/kernel"/);
});
