import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { SILENT_LOG } from '../../testing/silentLog.ts';
import { createDecoders, type DecodeResult } from './decoders.ts';

const input = { width: 300, height: 300, fit: 'stretch', resample: 'bilinear' } as const;
const picture = async () => ({
  image: await sharp({
    create: { width: 2048, height: 2048, channels: 3, background: { r: 200, g: 40, b: 80 } },
  })
    .jpeg({ progressive: true })
    .toBuffer(),
  format: 'jpeg' as const,
  input,
  maxPixels: 4_200_000,
  isFitted: false,
});

test('a picture that takes more of a processor than it may ends its decoder, and the next one gets another', async (t) => {
  const decoders = createDecoders({ count: 1, timeoutMs: 30_000, log: SILENT_LOG });
  t.after(() => decoders.close());
  const job = await picture();
  const [long, next] = await Promise.all([
    decoders.decode({ ...job, maxCpuMs: 1 }),
    decoders.decode({ ...job, maxCpuMs: 10_000 }),
  ]);
  assert.equal(long.kind === 'dropped' && long.reason, 'too_costly');
  assert.ok(next.kind === 'decoded', JSON.stringify(next));
  assert.equal(next.pixels.length, 300 * 300 * 3);
  for (const [channel, value] of [200, 40, 80].entries()) {
    assert.ok(Math.abs((next.pixels[channel] ?? 0) - value) <= 3);
  }
});

test('what is no picture is undecodable, and the decoder goes on', async (t) => {
  const decoders = createDecoders({ count: 1, timeoutMs: 30_000, log: SILENT_LOG });
  t.after(() => decoders.close());
  const job = { ...(await picture()), maxCpuMs: 10_000 };
  const broken = await decoders.decode({ ...job, image: job.image.subarray(0, 1_000) });
  assert.equal(broken.kind === 'dropped' && broken.reason, 'undecodable');
  assert.equal((await decoders.decode(job)).kind, 'decoded');
});

test('more frames than may wait are dropped, a picture is not, and those that wait when it is closed are lost', async () => {
  const decoders = createDecoders({ count: 1, timeoutMs: 30_000, log: SILENT_LOG });
  const job = { ...(await picture()), maxCpuMs: 10_000 };
  const frames = Array.from({ length: 20 }, () => decoders.decode({ ...job, isFitted: true }));
  const single = decoders.decode(job);
  decoders.close();
  const reasonOf = async (result: Promise<DecodeResult>) => {
    const end = await result;
    return end.kind === 'dropped' && end.reason;
  };
  const reasons = await Promise.all(frames.map(reasonOf));
  assert.equal(await reasonOf(single), 'worker_lost');
  // One is being decoded, sixteen wait.
  assert.equal(reasons.filter((reason) => reason === 'worker_lost').length, 17);
  assert.equal(reasons.filter((reason) => reason === 'stale').length, 3);
});

test('where no process can be started the picture is lost, and nothing else', {
  skip: process.platform === 'win32' && 'has no limit of open files',
}, async () => {
  const script = `
    import { openSync } from 'node:fs';
    import { createDecoders } from './server/worker/decoder/decoders.ts';
    const log = { error: () => {} };
    const decoders = createDecoders({ count: 1, timeoutMs: 30_000, log });
    try {
      for (;;) openSync('/dev/null');
    } catch {}
    const job = { image: new Uint8Array(8), format: 'jpeg', maxPixels: 1, isFitted: false, maxCpuMs: 1 };
    for (let i = 0; i < 2; i++) console.log((await decoders.decode(job)).reason);
    decoders.close();
  `;
  const run = promisify(execFile)('/bin/sh', [
    '-c',
    'ulimit -n 200 && exec "$0" --import tsx --input-type=module --eval "$1"',
    process.execPath,
    script,
  ]);
  assert.equal((await run).stdout, 'worker_lost\nworker_lost\n');
});
