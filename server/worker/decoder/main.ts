import { setPriority } from 'node:os';
import { cutSample } from '../../inference/cutSample.ts';
import { decode, setDecodeThreads, UndecodableError } from '../../inference/decode.ts';
import { decodeWithTiles } from '../../inference/decodeWithTiles.ts';
import { codesIn } from './codesIn.ts';
import type { DecodeJob, FromDecoder, ToDecoder } from './messages.ts';
import { measureSlowness } from './slowness.ts';

/**
 * A process that decodes costly pictures, reads codes or cuts things out, one picture at a time, and nothing else. A decoder cannot be stopped; so this process
 * watches the processor time of each picture, and ends itself with one that takes too much. Frames of others do not
 * notice: no worker waits for it, and it yields to them.
 */

/** Interval at which the processor time is read, ms. */
const WATCH_MS = 10;
/** Lower than that of workers, and still a share of a machine that has no core to spare. */
const PRIORITY = 5;

setDecodeThreads(1);
try {
  setPriority(PRIORITY);
} catch {
  // Some containers forbid it: then it competes like all others.
}
const slowness = measureSlowness();

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function handle(job: ToDecoder): Promise<void> {
  const limitMs = job.maxCpuMs * (await slowness);
  const startedCpuMs = cpuMs();
  // The decoder has a thread of its own; this one is free to read the clock.
  const watch = setInterval(() => {
    const takenMs = cpuMs() - startedCpuMs;
    if (takenMs <= limitMs) return;
    clearInterval(watch);
    send({ kind: 'tooCostly', cpuMs: takenMs }, () => process.kill(process.pid, 'SIGKILL'));
  }, WATCH_MS);
  try {
    send(await answerOf(job));
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    send({ kind: 'undecodable', detail: cause.message });
  } finally {
    clearInterval(watch);
  }
}

async function answerOf(job: ToDecoder): Promise<FromDecoder> {
  switch (job.type) {
    case 'codes':
      return codesIn(job);
    case 'cutSample':
      return { kind: 'cutOut', ...(await cutSample(job.image, job.format, job)) };
    case 'decode':
      return decoded(job);
  }
}

async function decoded({ image, format, input, wantsTiles, ...options }: DecodeJob): Promise<FromDecoder> {
  const startedAt = performance.now();
  const { pixels, size, fitted, tiles } = wantsTiles
    ? await decodeWithTiles(image, format, input, options)
    : { ...(await decode(image, format, input, options)), tiles: undefined };
  return { kind: 'decoded', pixels, size, fitted, tiles, decodeMs: performance.now() - startedAt };
}

function send(message: FromDecoder, then: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, then);
}

process.on('message', (message: ToDecoder) => void handle(message));
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group; the server decides when its processes end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
