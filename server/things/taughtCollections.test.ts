import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { taughtSample } from '../testing/taughtSamples.ts';
import { createTaughtCollections } from './taughtCollections.ts';
import type { TeachContext } from './teach.ts';
import { openThingsStore } from './thingsStore.ts';

/** The value of the sample whose picture cannot be read. */
const UNREADABLE = 2;

/** A model of this version that gives ten times what the picture of a sample is made of. */
function modelOf(version: string): TeachContext & { models: Pick<ModelDirectory, 'serving'> } {
  return {
    models: {
      serving: [],
      find: () => ({ version }) as ReturnType<TeachContext['models']['find']>,
      load: () => undefined,
    },
    pictures: createSemaphore(1),
    limits: { maxPicturePixels: 1_000 },
    cutters: {
      async cutSample({ image, box }) {
        if (image[3] === UNREADABLE) return { kind: 'dropped', reason: 'undecodable' };
        return { kind: 'cutOut', jpeg: image, box, views: [image, image] };
      },
    },
    queue: {
      async submit({ image }) {
        const embedding = new Float32Array(EMBEDDING_SIZE).fill(10 * (image[3] ?? 0));
        const region = { box: [0, 0, 1, 1], source: 'whole', score: 1, embedding } as const;
        const answer = { task: 'thing-embedding', regions: [region] } as const;
        return { kind: 'answered', version, answer, timing: { queueMs: 0, decodeMs: 0, inferMs: 0 } };
      },
      forget() {},
    },
  };
}

async function open(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  const store = await openThingsStore(dir, SILENT_LOG);
  const mine = await store.findOrCreate('mine');
  const add = (value: number) =>
    mine.add({ name: 'mug' }, { ...taughtSample(value), jpeg: new Uint8Array([0xff, 0xd8, 0xff, value]) });
  const collections = createTaughtCollections({
    store,
    context: () => modelOf('v2'),
    modelsDir: dir,
    log: SILENT_LOG,
  });
  const values = async () => {
    const [thing] = mine.things;
    return Promise.all((thing?.samples ?? []).map(async ({ id }) => (await mine.views(id))[0]?.[0]));
  };
  return { mine, add, values, load: () => collections.load('mine', 'v2') };
}

test('a picture that cannot be read does not keep the others from being embedded again', async (t) => {
  const { add, values, load } = await open(t);
  for (const value of [1, UNREADABLE, 3]) await add(value);
  await load();
  assert.deepEqual(await values(), [10, UNREADABLE, 30]);
});

test('samples of another version that come later are embedded again: taken back, or late', {
  timeout: 10_000,
}, async (t) => {
  const { mine, add, values, load } = await open(t);
  for (const value of [1, 3]) await add(value);
  await mine.change((things) => things.map((thing) => ({ ...thing, samples: thing.samples.slice(0, 1) })));
  await load();
  assert.deepEqual(await values(), [10]);
  await mine.undo();
  await add(4);
  assert.deepEqual(await values(), [10, 3, 4]);
  for (; (await values()).at(-1) === 4; await turn()) load();
  // Behind what is still written.
  await mine.change((things) => things);
  assert.deepEqual(await values(), [10, 30, 40]);
});
