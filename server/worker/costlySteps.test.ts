import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import type { Step } from '../../protocol/steps.ts';
import { modelRef, readModelFolder } from '../library/modelFolder.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { testServer } from '../testing/testServer.ts';
import { startWorkerProcess } from './workerProcess.ts';

const red = await sharp({ create: { width: 48, height: 48, channels: 3, background: 'red' } })
  .png()
  .toBuffer();
const side = (length: number): Step => ({ op: 'resize', width: length, height: length, resample: 'bicubic' });

/** What a worker does with a small picture that the model's steps enlarge on the way. */
async function runSteps(t: test.TestContext, steps: Step[]) {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification', { steps });
  const model = modelRef(await readModelFolder(path.join(modelsDir, 'colours')));
  const worker = startWorkerProcess({ models: [model], widths: [1], startTimeoutMs: 60_000 });
  t.after(() => worker.kill('the test is over'));
  const { models } = await worker.ready;
  assert.ok(models[0]?.ok, JSON.stringify(models));
  const limits = { maxPixels: 1_000_000, maxDecodeMs: 100, isFitted: false };
  const job = { key: 'red', model: model.id, format: 'png', image: red, ...limits } as const;
  const [result] = await worker.run({ jobs: [job], version: model.version, width: 1 });
  assert.ok(result);
  return result;
}

test('a worker leaves a picture to a decoder when the steps enlarge it much, so that frames of others go on', async (t) => {
  const result = await runSteps(t, [side(4096), side(32)]);
  assert.equal(result.kind, 'decodeElsewhere');
});

test('steps that would take too long end with that picture, and its sender is not to blame', async (t) => {
  const result = await runSteps(t, [side(8192), side(32)]);
  assert.equal(result.kind === 'dropped' && result.reason, 'undecodable');
  assert.match(
    (result.kind === 'dropped' && result.detail) || '',
    /^A picture of 48x48 takes too long to prepare for this model: scaled to 8192x8192 \(bicubic\), scaled to 32x32/,
  );
});

test('what a decoder makes of such a picture is answered', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification', { steps: [side(4096), side(32)] });
  const server = await testServer(t, {
    modelsDir,
    workers: { count: 1, threads: 1, frameTimeoutMs: 20_000 },
  });
  const response = await fetch(`${server.url}/v1/predict?model=colours`, {
    method: 'POST',
    body: new Uint8Array(red),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  assert.equal(answer.labels[0].label, 'red');
});
