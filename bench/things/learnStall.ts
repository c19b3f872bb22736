import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SILENT_LOG } from '../../server/testing/silentLog.ts';
import { openThingsStore } from '../../server/things/thingsStore.ts';
import { indexIn, samplesIn } from '../../server/things/viewFiles.ts';
import { MAX_SAMPLES, withName } from '../../vision/things/collectionIndex.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { encodeViews } from '../../vision/things/viewBytes.ts';
import { seeded } from './seeded.ts';

const THINGS = 50;

/**
 * Learns from a collection as large as one can be, as a change of it does.
 * @returns how long that takes, and the longest time in which the thread of the sockets heard nothing meanwhile, ms
 */
export async function learnStall(): Promise<{ learnMs: number; stallMs: number }> {
  const thingsDir = await mkdtemp(path.join(tmpdir(), 'livelens-learn-'));
  try {
    await writeCollection(path.join(thingsDir, 'large'));
    const store = await openThingsStore(thingsDir, SILENT_LOG);
    const large = store.find('large');
    // What is read once, and the start of the thread, are none of a change.
    await large.learned();
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const startedAt = performance.now();
    const [first] = large.things;
    await large.change((things) => withName(things, first?.id ?? '', 'another name'));
    await large.learned();
    const learnMs = performance.now() - startedAt;
    loop.disable();
    return { learnMs, stallMs: loop.max / 1e6 };
  } finally {
    await rm(thingsDir, { recursive: true });
  }
}

async function writeCollection(dir: string): Promise<void> {
  const random = seeded(3);
  await mkdir(samplesIn(dir), { recursive: true });
  const newId = () => randomBytes(8).toString('hex');
  const things = [];
  for (let thing = 0; thing < THINGS; thing++) {
    const middle = Float32Array.from({ length: EMBEDDING_SIZE }, random);
    const samples = [];
    for (let at = 0; at < MAX_SAMPLES / THINGS; at++) {
      const id = newId();
      const view = middle.map((value) => value + 0.3 * random());
      await writeFile(path.join(samplesIn(dir), `${id}.f16`), encodeViews([view]));
      samples.push({ id, takenAtMs: at, box: [0, 0, 1, 1], version: 'v1' });
    }
    things.push({ id: newId(), name: `thing ${thing}`, isNothing: false, samples });
  }
  await writeFile(indexIn(dir), JSON.stringify({ schema: 1, visibility: 'everyone', things }));
}
