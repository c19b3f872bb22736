import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { namedBy } from '../../vision/things/head.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { ModelDirectory } from '../serving/modelDirectory.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { taughtSample } from '../testing/taughtSamples.ts';
import { embedAgain } from './embedAgain.ts';
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
  return { mine, add, values, thingsDir: dir, load: () => collections.load('mine', 'v2') };
}

test('a picture that cannot be read does not keep the others from being embedded again', async (t) => {
  const { add, values, load } = await open(t);
  for (const value of [1, UNREADABLE, 3]) await add(value);
  await load();
  assert.deepEqual(await values(), [10, UNREADABLE, 30]);
});

test('samples of another version that come later are embedded again: taken back, or late', {
  timeout: 60_000,
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

test('while a new version of the model embeds all samples, nothing is named by the old one, and it is told how far that is', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  const store = await openThingsStore(dir, SILENT_LOG);
  const mine = await store.findOrCreate('mine');
  for (const value of [5, 6, 7])
    await mine.add(
      { name: 'mug' },
      { ...taughtSample(value), jpeg: new Uint8Array([0xff, 0xd8, 0xff, value]) },
    );
  const { version: first = '' } = taughtSample(5);
  let model = modelOf(first);
  const collections = createTaughtCollections({
    store,
    context: () => model,
    modelsDir: dir,
    log: SILENT_LOG,
  });
  const names = () =>
    collections
      .headOf('mine')?.()
      ?.classes.map(({ name }) => name);
  await collections.load('mine', first);
  assert.deepEqual([names(), collections.relearning('mine')], [['mug'], undefined]);

  model = modelOf('v2');
  assert.deepEqual([names(), collections.relearning('mine')], [undefined, { done: 0, total: 3 }]);
  const { submit } = model.queue;
  const progress = new Set<number | undefined>();
  model.queue.submit = (job) => {
    progress.add(collections.relearning('mine')?.done);
    assert.equal(names(), undefined);
    return submit(job);
  };
  assert.equal(collections.load('mine', 'v2'), undefined, 'frames go on meanwhile');
  await collections.settled('mine');
  assert.deepEqual([...progress], [0, 1, 2]);
  assert.deepEqual([names(), collections.relearning('mine')], [['mug'], undefined]);
});

test('embedding again waits longer and longer while the server is busy, and writes the index once', async (t) => {
  const { mine, add, values, thingsDir } = await open(t);
  for (const value of [1, 3, 4]) await add(value);
  const written = async () => (await stat(path.join(thingsDir, 'mine', 'collection.json'))).ino;
  const before = await written();
  const model = modelOf('v2');
  const { submit } = model.queue;
  let busy = 3;
  model.queue.submit = async (job) => {
    // What was embedded before counts for nothing yet.
    assert.deepEqual(await values(), [1, 3, 4]);
    assert.equal(await written(), before);
    busy -= 1;
    return busy >= 0 ? { kind: 'dropped', reason: 'stale' } : submit(job);
  };
  const waits: number[] = [];
  const progress: number[] = [];
  await embedAgain(mine, model, {
    embedder: undefined,
    signal: new AbortController().signal,
    onProgress: (done) => progress.push(done),
    wait: async (ms) => void waits.push(ms),
  });
  assert.deepEqual(waits, [500, 1_000, 2_000]);
  assert.deepEqual(await values(), [10, 30, 40]);
  assert.deepEqual(progress, [0, 1, 2, 3]);
  assert.notEqual(await written(), before);
  const files = await readdir(path.join(thingsDir, 'mine', 'samples'));
  assert.equal(files.length, 6, 'vectors of before are gone');
});

test('what was embedded before the process ended is not embedded again', async (t) => {
  const { mine, add, values } = await open(t);
  for (const value of [1, 3, 4]) await add(value);
  const signal = new AbortController().signal;
  const broken = modelOf('v2');
  const { submit } = broken.queue;
  let runs = 0;
  broken.queue.submit = async (job) => {
    runs += 1;
    if (runs === 5) throw new Error('the process ends here');
    return submit(job);
  };
  await assert.rejects(embedAgain(mine, broken, { embedder: undefined, signal }), /ends here/);
  assert.deepEqual(await values(), [1, 3, 4]);
  const later = modelOf('v2');
  const asked: number[] = [];
  const { submit: again } = later.queue;
  later.queue.submit = async (job) => {
    asked.push(job.image[3] ?? 0);
    return again(job);
  };
  await embedAgain(mine, later, { embedder: undefined, signal });
  assert.deepEqual(await values(), [10, 30, 40]);
  // Two views each. The first sample says how many numbers there are; the second is there.
  assert.deepEqual(asked, [1, 1, 4, 4]);
});

test('while one version embeds again, what is learned is of one version only', async (t) => {
  const { mine, add } = await open(t);
  for (const value of [1, 3]) await add(value);
  await mine.add({ name: 'pen' }, { ...taughtSample(5), version: 'v2' });
  assert.deepEqual(
    namedBy(await mine.learned()).map(({ name }) => name),
    ['mug'],
  );
  const signal = new AbortController().signal;
  await embedAgain(mine, modelOf('v2'), { embedder: undefined, signal });
  assert.deepEqual(
    namedBy(await mine.learned()).map(({ name }) => name),
    ['mug', 'pen'],
  );
});

/** Two things of three samples each, `things` and another model that embeds pictures; a comparison waits at each picture. */
async function openCompared(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  const store = await openThingsStore(dir, SILENT_LOG);
  const mine = await store.findOrCreate('mine');
  for (const [name, from] of [
    ['mug', 5],
    ['pen', 11],
  ] as const) {
    for (let at = from; at < from + 3; at++) {
      const jpeg = new Uint8Array([0xff, 0xd8, 0xff, at]);
      await mine.add({ name }, { ...taughtSample(at), version: 'v2', jpeg });
    }
  }
  const model = modelOf('v2');
  const serving = [
    { id: 'things', name: 'My things', task: 'thing-embedding', goldens: [] },
    { id: 'my-clip', name: 'CLIP', task: 'image-embedding', goldens: [], input: { width: 8, height: 8 } },
  ].map((manifest) => ({ version: 'v2', manifest })) as unknown as typeof model.models.serving;
  model.models = {
    ...model.models,
    serving,
    find: (id) => serving.find(({ manifest }) => manifest.id === id) ?? assert.fail(String(id)),
  };
  let asked = 0;
  let letPass = () => {};
  const waits = new Promise<void>((resolve) => {
    letPass = resolve;
  });
  model.queue.submit = async () => {
    asked += 1;
    await waits;
    const answer = { task: 'image-embedding', embedding: new Float32Array([asked, 1]) } as const;
    return {
      kind: 'answered',
      version: 'v2',
      answer,
      timing: { queueMs: 0, decodeMs: 0, inferMs: 0 },
    } as Awaited<ReturnType<typeof model.queue.submit>>;
  };
  const collections = createTaughtCollections({
    store,
    context: () => model,
    modelsDir: dir,
    log: SILENT_LOG,
  });
  return { mine, collections, letPass, asked: () => asked };
}

test('a comparison that is cancelled is over at once, is no problem, and changes nothing', async (t) => {
  const { mine, collections, letPass, asked } = await openCompared(t);
  const { things } = mine;
  assert.ok(collections.compare('mine').comparing);
  while (asked() === 0) await turn();
  const { comparing, problem, samples } = collections.cancelComparison('mine');
  assert.deepEqual([comparing, problem, samples], [undefined, undefined, undefined]);
  letPass();
  assert.equal(mine.things, things);
  assert.equal(collections.cancelComparison('mine').comparing, undefined, 'there is none');
  // The next one is not held up by the first.
  const signal = new AbortController().signal;
  assert.equal((await collections.compared('mine', signal)).samples, 6);
  assert.equal(asked(), 1 + 6, 'no picture more than the one that was being looked at');
});

test('who waits for a comparison ends it by going away, but not one that somebody else began', async (t) => {
  const { collections, letPass, asked } = await openCompared(t);
  const [first, second] = [new AbortController(), new AbortController()];
  const begun = collections.compared('mine', first.signal);
  while (asked() === 0) await turn();
  const joined = collections.compared('mine', second.signal);
  second.abort();
  assert.ok(collections.status('mine').comparing, 'it goes on for the first');
  first.abort();
  letPass();
  for (const each of [begun, joined])
    await assert.rejects(each, { code: 'conflict', message: /comparison of models was cancelled/ });
  assert.deepEqual(
    [collections.status('mine').comparing, collections.status('mine').problem],
    [undefined, undefined],
  );
});

test('samples that are taught while models are compared are kept, and the comparison says that it is void', async (t) => {
  const { mine, collections, letPass } = await openCompared(t);
  const compared = collections.compared('mine', new AbortController().signal);
  await mine.add({ name: 'key' }, { ...taughtSample(21), version: 'v2' });
  letPass();
  await assert.rejects(compared, { code: 'conflict', message: /compare the models again/ });
  const { samples, problemSentence, problemCode } = collections.status('mine');
  assert.deepEqual(
    [samples, problemCode, problemSentence?.code],
    [undefined, 'conflict', 'changed_while_compared'],
  );
  assert.equal(mine.things.length, 3);
});

test('what fails for a reason of this machine is told in words, and names none of its files', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  const log = recordLog();
  const store = await openThingsStore(dir, log.log);
  const mine = await store.findOrCreate('mine');
  await mine.add({ name: 'mug' }, { ...taughtSample(1), jpeg: new Uint8Array([0xff, 0xd8, 0xff, 1]) });
  const model = modelOf('v2');
  const [things, clip] = [
    { id: 'things', name: 'My things', task: 'thing-embedding', goldens: [] },
    { id: 'my-clip', name: 'CLIP', task: 'image-embedding', goldens: [], input: { width: 8, height: 8 } },
  ].map((manifest) => ({ version: 'v2', manifest }) as unknown as ReturnType<typeof model.models.find>);
  assert.ok(things && clip);
  model.models = {
    ...model.models,
    serving: [things, clip] as typeof model.models.serving,
    find: (id) => (id === 'my-clip' ? clip : things),
  };
  model.queue.submit = async () => {
    throw new Error(`EACCES: permission denied, open '${dir}/secret'`);
  };
  const collections = createTaughtCollections({ store, context: () => model, modelsDir: dir, log: log.log });
  assert.equal(collections.use('mine', 'my-clip').moving?.model, 'my-clip');
  while (collections.status('mine').moving) await turn();
  const { inUse, problem, problemSentence } = collections.status('mine');
  assert.deepEqual([inUse, problemSentence?.code], ['things', 'server_failed']);
  assert.doesNotMatch(problem ?? '', /EACCES/);
  assert.match(JSON.stringify(log.lines), /EACCES/);
});
