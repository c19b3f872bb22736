import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { modelRef, readModelFolder } from '../library/modelFolder.ts';
import type { FrameJob } from '../queue/frameQueue.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { frameOf } from '../testing/media.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { startWorkerPool } from './pool.ts';

test('a worker that ends over several frames costs these alone, each is answered, and the processor goes on', async (t) => {
  const standIn = new URL('../testing/runtimes/standIn.ts?endsOverTwo', import.meta.url).href;
  process.execArgv.push('--import', standIn);
  t.after(() => process.execArgv.splice(process.execArgv.indexOf(standIn) - 1, 2));
  const { log, nth } = recordLog();
  const folder = await readModelFolder(path.resolve('models/coco-ssd'));
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 100, nowMs: () => performance.now() });
  const lost: string[] = [];
  const pool = startWorkerPool({
    queue,
    // Whatever the machine has to do: no worker is silent too long.
    models: [{ ...modelRef(folder), hasUnevenTimes: true }],
    count: 1,
    threads: 1,
    frameTimeoutMs: 60_000,
    log,
    onAcceleratorLost: (_, provider) => lost.push(provider),
  });
  t.after(async () => {
    await pool.close();
    await queue.close();
  });
  await nth('worker ready', 1);
  await pool.accelerate(modelRef(folder), { provider: 'webgpu', batches: [2] });
  const image = await frameOf('cat.png');
  const answerOf = async (key: string) => {
    const limits = { maxPixels: 4_200_000, maxDecodeMs: 1_000, isFitted: true };
    const job: FrameJob = { key, model: folder.manifest.id, format: 'jpeg', image, ...limits };
    const result = await queue.submit(job);
    return result.kind === 'dropped' ? result.reason : result.kind;
  };
  // The first runs while the others come; the two after it run at once.
  assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(answerOf)), [
    'answered',
    'worker_lost',
    'worker_lost',
    'answered',
  ]);
  assert.deepEqual(lost, ['webgpu']);
  const after = await Promise.all(['a', 'b', 'c'].map(answerOf));
  assert.deepEqual([...new Set(after)], ['answered']);
});
