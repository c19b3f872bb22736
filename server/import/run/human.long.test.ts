import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { photoFile } from '../../../models/build/goldens.ts';
import { fetchNpmTarball, type NpmPin } from '../../../models/build/npmTarball.ts';
import { startWasm } from '../../../models/build/reference.ts';
import { readTarball } from '../../../models/build/tar.ts';
import { readTfjsModel } from '../convert/tfjsModel.ts';
import { ImportError } from '../importError.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { elementCount } from '../onnx/tensor.ts';
import { NO_COST } from '../testing/importForTests.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';

/** Graph models of many makers, in all the ways that weights are stored. The package is only unpacked. */
const pin: NpmPin = {
  name: '@vladmandic/human',
  version: '3.3.6',
  integrity:
    'sha512-Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==',
};

/**
 * `pictures`: how many go at once in the converted graph; some are made for one alone. `concludes`: what an import without
 * options comes to: a count of labels, another task, a refusal, or a question with its choices.
 */
const models: readonly {
  readonly name: string;
  readonly pictures: 1 | 2;
  readonly values: [number, number];
  readonly concludes: number | 'keypoint-detection' | 'unsupported_model' | readonly string[];
}[] = [
  { name: 'antispoof', pictures: 2, values: [0, 1], concludes: 2 },
  { name: 'blazeface', pictures: 1, values: [-1, 1], concludes: 'unsupported_model' },
  { name: 'emotion', pictures: 2, values: [0, 1], concludes: 7 },
  { name: 'facemesh', pictures: 2, values: [0, 1], concludes: 'keypoint-detection' },
  {
    name: 'faceres',
    pictures: 2,
    values: [0, 255],
    concludes: ['gender_pred/Sigmoid', 'global_pooling/Mean', 'age_pred/Softmax'],
  },
  { name: 'handlandmark-lite', pictures: 2, values: [0, 1], concludes: 'keypoint-detection' },
  { name: 'iris', pictures: 2, values: [0, 1], concludes: 'unsupported_model' },
  { name: 'liveness', pictures: 2, values: [0, 1], concludes: 2 },
  { name: 'movenet-lightning', pictures: 1, values: [0, 255], concludes: 'keypoint-detection' },
];

let files: Map<string, Uint8Array> | undefined;
/** Undefined where the registry cannot be reached; in CI that is a failure. */
async function packageFiles(t: test.TestContext): Promise<Map<string, Uint8Array> | undefined> {
  try {
    files ??= readTarball(await fetchNpmTarball(pin));
  } catch (error) {
    if (!(error instanceof ImportError) || error.code !== 'source_unreachable' || process.env.CI) throw error;
    t.skip(error.message);
  }
  return files;
}

function open(contents: ReadonlyMap<string, Uint8Array>, name: string) {
  const file = (path: string): Uint8Array => {
    const content = contents.get(`package/models/${path}`);
    assert.ok(content, path);
    return content;
  };
  const json = JSON.parse(Buffer.from(file(`${name}.json`)).toString('utf8')) as tf.io.ModelJSON;
  return { json, readShard: file };
}

/** Photos in the size that the model takes, with values of the given range; whole numbers stay whole. */
async function photosFor(
  dims: readonly number[],
  [low, high]: readonly [number, number],
): Promise<Float32Array> {
  const [count = 1, height = 1, width = 1, channels = 3] = dims;
  const pictures = await Promise.all(
    // Bytes: what decodes strangers' pictures reads no files.
    ['astronaut.png', 'cat.png'].slice(0, count).map(async (photo) =>
      sharp(await readFile(photoFile(photo)))
        .removeAlpha()
        .resize(width, height)
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer(),
    ),
  );
  const values = Float32Array.from(Buffer.concat(pictures), (pixel) => low + (pixel / 255) * (high - low));
  assert.equal(values.length, elementCount(dims));
  return high === 255 ? values.map(Math.round) : values;
}

for (const { name, pictures, values } of models) {
  test(`${name} of ${pin.name} gives what it gives in TensorFlow.js`, async (t) => {
    const contents = await packageFiles(t);
    if (contents === undefined) return;
    await startWasm();
    const { json, readShard } = open(contents, name);
    const { model, raw } = importNamed(json, readShard);
    assert.equal(
      typeof raw.input.dims[0],
      pictures === 1 ? 'number' : 'object',
      'how many pictures go at once',
    );

    const sides = raw.input.dims.slice(1).map(Number);
    const data = await photosFor([pictures, ...sides], values);
    const session = await ort.InferenceSession.create(serialiseOnnx(raw.graph, name));
    const found = await session.run({ input: new ort.Tensor('float32', data, [pictures, ...sides]) });

    const original = await loadGraphModel({
      load: async () => ({
        modelTopology: json.modelTopology,
        ...(json.signature ? { signature: json.signature } : {}),
        ...(json.userDefinedMetadata ? { userDefinedMetadata: json.userDefinedMetadata } : {}),
        weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
        weightData: shardsOf(json, readShard),
      }),
    });
    t.after(() => original.dispose());
    for (let picture = 0; picture < pictures; picture++) {
      // One at a time: a graph made for one picture takes no more in TensorFlow.js.
      const pixels = data.subarray(picture * elementCount(sides), (picture + 1) * elementCount(sides));
      const type = original.inputs[0]?.dtype === 'int32' ? 'int32' : 'float32';
      const input = tf.tensor(pixels, [1, ...sides], type);
      const labels = raw.outputs.map(({ label }) => label);
      const expected = [original.execute({ [model.input.name]: input }, labels.map(tensorOf(json)))].flat();
      for (const [i, tensor] of expected.entries()) {
        const output = found[raw.outputs[i]?.name ?? ''];
        assert.ok(output, labels[i]);
        assert.deepEqual(output.dims.slice(1), tensor.shape.slice(1), labels[i]);
        const row = await tensor.data();
        assertClose(
          row,
          (output.data as Float32Array).subarray(picture * row.length, (picture + 1) * row.length),
        );
      }
      tf.dispose([input, expected]);
    }
  });
}

for (const { name, concludes } of models) {
  test(`${name} of ${pin.name} goes live only as what it is`, async (t) => {
    const contents = await packageFiles(t);
    if (contents === undefined) return;
    const dir = await temporaryFolder(t);
    for (const ending of ['json', 'bin']) {
      const file = contents.get(`package/models/${name}.${ending}`);
      assert.ok(file);
      await writeFile(path.join(dir, `${name}.${ending}`), file);
    }
    const outcome = await importModel(
      { description: 'a test', dir, entry: `${name}.json` },
      {},
      { stagingDir: path.join(dir, 'staging'), measureCost: NO_COST },
    ).then(
      ({ report }) => (report.task === 'image-classification' ? report.labelCount : report.task),
      (error: unknown) => {
        assert.ok(error instanceof ImportError, String(error));
        return error.question?.choices.map(({ value }) => value) ?? error.code;
      },
    );
    assert.deepEqual(outcome, concludes);
  });
}

function importNamed(json: tf.io.ModelJSON, readShard: (path: string) => Uint8Array) {
  const model = readTfjsModel(json, readShard);
  return { model, raw: model.convert() };
}

function shardsOf(
  { weightsManifest }: tf.io.ModelJSON,
  readShard: (path: string) => Uint8Array,
): ArrayBuffer {
  const bytes = Buffer.concat(weightsManifest.flatMap(({ paths }) => paths).map(readShard));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** The tensor behind an output's name, as the model's signature has it. */
const tensorOf =
  ({ userDefinedMetadata, signature }: tf.io.ModelJSON) =>
  (label: string): string => {
    interface Signature {
      readonly outputs?: Readonly<Record<string, { readonly name: string }>>;
    }
    const metadata = userDefinedMetadata as { signature?: Signature } | undefined;
    const tensor = (metadata?.signature ?? (signature as Signature | undefined))?.outputs?.[label]?.name;
    assert.ok(tensor, label);
    return tensor;
  };

/** Equal to a thousandth of the largest value. */
function assertClose(expected: ArrayLike<number>, found: ArrayLike<number>): void {
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest > 0, 'the model answers something');
  Array.from(expected).forEach((value, i) => {
    const difference = Math.abs(value - (found[i] ?? Number.NaN));
    assert.ok(
      difference <= 1e-3 * largest,
      `entry ${i}: ${value}, not ${found[i]}; the largest is ${largest}`,
    );
  });
}

test(`handtrack of ${pin.name}, a detector of the Object Detection API, finds what it finds in TensorFlow.js`, async (t) => {
  const contents = await packageFiles(t);
  if (contents === undefined) return;
  const { json, readShard } = open(contents, 'handtrack');
  const raw = readTfjsModel(json, readShard).convert();
  assert.deepEqual(
    raw.outputs.map(({ label, dims }) => [label, dims]),
    [
      ['raw_detection_boxes', [1, 12804, 4]],
      // Without the background.
      ['raw_detection_scores', [1, 12804, 7]],
    ],
  );
  await startWasm();
  const data = await photosFor([1, 320, 320, 3], [0, 255]);
  const session = await ort.InferenceSession.create(serialiseOnnx(raw.graph, 'handtrack'));
  const found = await session.run({ input: new ort.Tensor('float32', data, [1, 320, 320, 3]) });
  const original = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: shardsOf(json, readShard),
    }),
  });
  t.after(() => original.dispose());
  const input = tf.tensor(data, [1, 320, 320, 3], 'int32');
  // Its loop runs here.
  const names = ['Squeeze', 'Slice'].map((name) => `StatefulPartitionedCall/Postprocessor/${name}`);
  const expected = [await original.executeAsync({ input_tensor: input }, names)].flat();
  for (const [i, tensor] of expected.entries()) {
    assertClose(await tensor.data(), found[raw.outputs[i]?.name ?? '']?.data as Float32Array);
  }
  tf.dispose([input, expected]);
});
