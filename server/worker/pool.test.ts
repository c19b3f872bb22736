import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { decodeCost, fitsWorker } from '../inference/decodeCost/decodeCost.ts';
import { modelRef, readModelFolder } from '../library/modelFolder.ts';
import type { FrameJob, FrameOutbox, FrameResult } from '../queue/frameQueue.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { frameOf, photo } from '../testing/media.ts';
import { modelsDirectory, publish, renamed } from '../testing/modelFixtures.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { startWorkerPool } from './pool.ts';

test('pictures that were decoded elsewhere wait for workers that are busy, and none is lost', async (t) => {
  const { log, all, nth } = recordLog();
  const folder = await readModelFolder(path.resolve('models/coco-ssd'));
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 100, nowMs: () => performance.now() });
  const pool = startWorkerPool({
    queue,
    models: [modelRef(folder)],
    // So that two pictures are decoded at the same time, and may both wait for the worker that becomes free.
    count: 3,
    threads: 1,
    frameTimeoutMs: 60_000,
    log,
  });
  t.after(async () => {
    await pool.close();
    await queue.close();
  });
  await nth('worker ready', 3);

  const small = await frameOf('cat.png');
  const large = await sharp(await photo('cat.png'))
    .resize(1_600, 1_600, { fit: 'fill' })
    .flatten()
    .jpeg({ progressive: true })
    .toBuffer();
  assert.ok(!fitsWorker(decodeCost(large, 'jpeg')));
  const submit = (key: string, image: Uint8Array): Promise<FrameResult> => {
    const job: FrameJob = {
      key,
      model: folder.manifest.id,
      format: 'jpeg',
      image,
      maxPixels: 4_200_000,
      maxDecodeMs: 1_000,
      isFitted: false,
    };
    return queue.submit(job);
  };

  let isDone = false;
  /** Sends one picture after the other, so that there is always work. */
  const stream = async (key: string, count: number, image: Uint8Array) => {
    const ends: string[] = [];
    while (ends.length < count && !isDone) {
      const result = await submit(key, image);
      ends.push(result.kind === 'dropped' ? result.reason : result.kind);
    }
    return ends;
  };
  const frames = [1, 2, 3, 4, 5].map((n) => stream(`frames ${n}`, Number.POSITIVE_INFINITY, small));
  const pictures = await Promise.all([1, 2, 3, 4].map((n) => stream(`pictures ${n}`, 6, large)));
  isDone = true;
  const dropped = [...pictures, ...(await Promise.all(frames))].flat().filter((end) => end !== 'answered');
  // A machine that is busy with other things may make a worker silent for a moment.
  assert.deepEqual(
    dropped,
    all('worker is silent').map(() => 'worker_lost'),
  );
});

test('a frame of a secondary model leaves cores to the next frame of the primary one, though it came alone', async (t) => {
  const { log, nth } = recordLog();
  const folder = await readModelFolder(path.resolve('models/coco-ssd'));
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 100, nowMs: () => performance.now() });
  const happened: string[] = [];
  const outbox: FrameOutbox = {
    async take(signal) {
      const frame = await queue.take(signal);
      if (frame) happened.push(`${frame.job.key} is taken`);
      return frame;
    },
    takeWaiting: queue.takeWaiting,
  };
  const pool = startWorkerPool({
    queue: outbox,
    models: [modelRef(folder)],
    count: 2,
    threads: 1,
    frameTimeoutMs: 60_000,
    log,
  });
  t.after(async () => {
    await pool.close();
    await queue.close();
  });
  await nth('worker ready', 2);
  const image = await frameOf('cat.png');
  const submit = async (key: string, isSecondary: boolean) => {
    const limits = { maxPixels: 4_200_000, maxDecodeMs: 1_000, isFitted: true };
    const job: FrameJob = { key, model: folder.manifest.id, format: 'jpeg', image, ...limits, isSecondary };
    const { kind } = await queue.submit(job);
    happened.push(`${key} is ${kind}`);
  };
  await Promise.all([submit('secondary', true), submit('primary', false)]);
  assert.deepEqual(happened.slice(0, 2), ['secondary is taken', 'primary is taken']);
  assert.deepEqual(happened.slice(2).toSorted(), ['primary is answered', 'secondary is answered']);
});

test('a version that may not be used after all is given up, and what was run goes on', async (t) => {
  const { log, all, nth } = recordLog();
  const modelsDir = await modelsDirectory(t);
  const dir = path.join(modelsDir, 'coco-ssd');
  const before = await readModelFolder(path.resolve('models/coco-ssd'));
  await publish(dir, await renamed('cup', 'mug'));
  const after = await readModelFolder(dir);
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 100, nowMs: () => performance.now() });
  const pool = startWorkerPool({
    ...{ queue, models: [modelRef(before)], log },
    ...{ count: 1, threads: 1, frameTimeoutMs: 60_000 },
  });
  t.after(async () => {
    await pool.close();
    await queue.close();
  });
  await nth('worker ready', 1);
  const loads = () => all('worker loads a model').length;
  const atStart = loads();
  const versionRun = async () => {
    const limits = { maxPixels: 4_200_000, maxDecodeMs: 1_000, isFitted: true };
    const result = await queue.submit({
      key: 'a',
      model: 'coco-ssd',
      format: 'jpeg',
      image: await frameOf('cup.png'),
      ...limits,
    });
    return result.kind === 'answered' ? result.version : result.reason;
  };
  const switched: string[] = [];
  const options = { inferMs: 1, onSwitch: () => switched.push(after.version) };
  const refused = pool.adopt(modelRef(after), {
    ...options,
    async mayUse() {
      // All hold it, and no frame is run with it yet.
      assert.equal(loads(), atStart + 1);
      assert.equal(await versionRun(), before.version);
      throw new Error('The others are not as far.');
    },
  });
  await assert.rejects(refused, /The others are not as far/);
  assert.deepEqual([switched, await versionRun()], [[], before.version]);
  await pool.adopt(modelRef(after), { ...options, mayUse: async () => {} });
  assert.deepEqual([switched, await versionRun()], [[after.version], after.version]);
  assert.equal(loads(), atStart + 2, 'it was loaded again, as it had been given up');
});
