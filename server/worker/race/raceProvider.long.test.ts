import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { recordGolden } from '../../../vision/golden.ts';
import { openModel } from '../../inference/model.ts';
import { modelRef, readModelFolder } from '../../library/modelFolder.ts';
import type { ModelRef } from '../../library/modelRef.ts';
import { addColourModel, modelsDirectory, publish } from '../../testing/modelFixtures.ts';
import { raceProvider } from './raceProvider.ts';
import { batchesOf, verdictOf } from './verdict.ts';

const model = modelRef(await readModelFolder('models/coco-ssd'));
const job = { model, provider: 'webgpu', widths: { narrow: 1, wide: 1 } };

const STAND_IN = new URL('../../testing/runtimes/standIn.ts', import.meta.url);

/** As a backend would that comes with the runtime. */
async function raceStandIn(manner: string, options: Parameters<typeof raceProvider>[1] = {}) {
  const standIn = `${STAND_IN.href}?${manner}`;
  process.execArgv.push('--import', standIn);
  try {
    return await raceProvider(job, options);
  } finally {
    process.execArgv.splice(-2);
  }
}

test('an accelerator that agrees is raced: medians of both sides', async () => {
  const result = await raceStandIn('fast');
  assert.ok(result.kind === 'raced');
  assert.ok(result.times.providerMs < result.times.narrowMs);
});

test('one that hangs costs its time, and says where', async () => {
  // A busy machine takes seconds to get to where it hangs.
  const result = await raceStandIn('hangs', { timeoutMs: 20_000 });
  assert.deepEqual(result, { kind: 'refused', why: 'Not done after 20 s (first runs).' });
});

test('one that crashes costs its process', async () => {
  const result = await raceStandIn('crashes');
  assert.ok(result.kind === 'refused');
  assert.match(result.why, /^Its process ended with .* \(first runs\)\.$/);
});

test('one that disagrees with the goldens is refused, with what differs', async () => {
  const result = await raceStandIn('disagrees');
  assert.ok(result.kind === 'refused');
  assert.match(result.why, /3 of 4 recorded pictures differ/);
});

test('several pictures at once are raced, too: they win where they take as long as one, and not where as long as each', async () => {
  const sizesOf = async (manner: string) => {
    const result = await raceStandIn(manner);
    assert.ok(result.kind === 'raced', JSON.stringify(result));
    return batchesOf(result.times);
  };
  assert.deepEqual((await sizesOf('together')).sizes, [2, 4]);
  const lost = await sizesOf('oneByOne');
  assert.deepEqual(lost.sizes, []);
  assert.match(lost.why, /^2 at once take .* ms; 4 at once take .* ms; one takes .* ms\.$/);
});

test('several pictures at once are left alone where answers are mixed up, and where they end the process', async () => {
  const mixed = await raceStandIn('mixesUp');
  assert.ok(mixed.kind === 'raced');
  assert.deepEqual(mixed.times.batches?.sizes, []);
  assert.match(mixed.times.batches?.why ?? '', /^2 pictures at once: .*recorded pictures differ/);
  const crashed = await raceStandIn('crashesOverTwo');
  assert.ok(crashed.kind === 'raced', JSON.stringify(crashed));
  assert.deepEqual(crashed.times.batches?.sizes, []);
  assert.match(crashed.times.batches?.why ?? '', /^Its process ended with .* \(batches\)\.$/);
});

test('a provider that the runtime has not is refused in words', async () => {
  const result = await raceProvider({ ...job, provider: 'coreml' });
  assert.ok(result.kind === 'refused');
  assert.match(result.why, /^It cannot be used here: /);
});

test('a trial ends with the server', async () => {
  const stop = new AbortController();
  const result = raceProvider(job, { signal: stop.signal });
  stop.abort(new Error('stopped'));
  await assert.rejects(result, /stopped/);
});

/** A tiny network with a golden: the runtime's own answer for a red picture. */
async function tinyModel(t: TestContext): Promise<ModelRef> {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  const dir = path.join(modelsDir, 'colours');
  const red = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  const session = await openModel(await readModelFolder(dir), 1);
  const answer = await session.run(await sharp(red).raw().toBuffer());
  await session.release();
  const golden = recordGolden(answer, { recordedBy: 'the processor', minScore: 0 });
  const goldens = [{ image: 'red.png', expected: 'red.json' }];
  await publish(dir, { 'red.png': red, 'red.json': JSON.stringify(golden) }, (manifest) => ({
    ...manifest,
    goldens,
  }));
  return modelRef(await readModelFolder(dir));
}

const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json';
const skip = existsSync(ICD) ? false : `no SwiftShader at ${ICD}: Debian's package chromium brings it`;

test('WebGPU on a processor (SwiftShader) agrees with the goldens of a tiny network, and loses', {
  skip,
}, async (t) => {
  const before = process.env.VK_DRIVER_FILES;
  process.env.VK_DRIVER_FILES = ICD;
  t.after(() => {
    if (before === undefined) delete process.env.VK_DRIVER_FILES;
    else process.env.VK_DRIVER_FILES = before;
  });
  const result = await raceProvider({ ...job, model: await tinyModel(t) });
  assert.ok(result.kind === 'raced', JSON.stringify(result));
  assert.equal(verdictOf(result.times, 1).wins, false, JSON.stringify(result.times));
});
