import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { CodedError } from '../../protocol/errors.ts';
import { embeddingOf } from '../../vision/testing/thingCalled.ts';
import {
  MAX_SAMPLES,
  MAX_THINGS,
  newThingId,
  type Things,
  withName,
  withoutSample,
  withoutThing,
  withSampleMoved,
  withSamples,
} from '../../vision/things/collectionIndex.ts';
import { namedBy } from '../../vision/things/head.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { taughtSample } from '../testing/taughtSamples.ts';
import type { Collection } from './collection.ts';
import { learner } from './learner/learner.ts';
import { openThingsStore } from './thingsStore.ts';

async function openStore(t: TestContext) {
  const thingsDir = path.join(await mkdtemp(path.join(tmpdir(), 'livelens-things-')), '.things');
  t.after(() => rm(path.dirname(thingsDir), { recursive: true }));
  const reopen = () => openThingsStore(thingsDir, SILENT_LOG);
  return { thingsDir, store: await reopen(), reopen };
}

/** Names with the values that their samples were made of. */
async function contentOf(collection: Collection) {
  const content: Record<string, number[]> = {};
  for (const { name, samples } of collection.things) {
    content[name] = [];
    for (const { id } of samples) {
      const value = (await collection.views(id))[0]?.[0] ?? Number.NaN;
      assert.equal((await collection.picture(id))[2], value);
      content[name].push(value);
    }
  }
  return content;
}

const idOf = ({ things }: Collection, name: string) => things.find((thing) => thing.name === name)?.id ?? '';

test('what was taught is there after a restart, with its order, and learned from', async (t) => {
  const { store, reopen } = await openStore(t);
  const mine = await store.findOrCreate('mine');
  await mine.add({ name: 'mug' }, taughtSample(2));
  await mine.add({ name: 'Mug' }, taughtSample(1));
  await mine.add({ name: 'pen' }, taughtSample(3));
  await mine.add({ nothing: true }, taughtSample(4));
  const again = (await reopen()).find('mine');
  assert.deepEqual(await contentOf(again), { mug: [1, 2], pen: [3], nothing: [4] });
  assert.deepEqual(again.head.classes, []);
  assert.deepEqual(
    namedBy(await again.learned()).map(({ name }) => name),
    ['mug', 'pen'],
  );
  assert.deepEqual(store.list(), [{ id: 'mine', visibility: 'everyone', things: 2, samples: 4 }]);
});

test('three phones teach at once, and none of what they teach is lost', async (t) => {
  const { store, reopen } = await openStore(t);
  const phones = ['mug', 'pen', 'pot'].flatMap((name, phone) =>
    [1, 2, 3, 4].map(async (shot) => {
      const mine = await store.findOrCreate('mine');
      await mine.add({ name }, taughtSample(phone * 10 + shot));
      const things = namedBy(await mine.learned());
      assert.ok(things.some((thing) => thing.name === name));
    }),
  );
  await Promise.all(phones);
  const content = await contentOf((await reopen()).find('mine'));
  const sorted = Object.entries(content).map(([name, values]) => [name, values.toSorted((a, b) => a - b)]);
  assert.deepEqual(Object.fromEntries(sorted), {
    mug: [1, 2, 3, 4],
    pen: [11, 12, 13, 14],
    pot: [21, 22, 23, 24],
  });
});

test('each change can be taken back once, and files of no use are removed', async (t) => {
  const { store, thingsDir } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'everyone' });
  await assert.rejects(mine.undo(), { code: 'conflict' });
  for (const [at, name] of ['mug', 'mug', 'pen'].entries()) await mine.add({ name }, taughtSample(at + 1));
  const before = await contentOf(mine);
  const pen = mine.things[1]?.samples[0]?.id ?? '';
  const changes: [(things: Things) => Things, Record<string, number[]>][] = [
    [(things) => withName(things, idOf(mine, 'pen'), 'pencil'), { mug: [1, 2], pencil: [3] }],
    [(things) => withName(things, idOf(mine, 'pen'), 'MUG'), { mug: [1, 2, 3] }],
    [(things) => withoutThing(things, idOf(mine, 'mug')), { pen: [3] }],
    [(things) => withoutSample(things, pen), { mug: [1, 2] }],
    [(things) => withSampleMoved(things, pen, { name: 'mug' }, newThingId()), { mug: [1, 2, 3] }],
    [
      (things) => withSampleMoved(things, pen, { nothing: true }, newThingId()),
      { mug: [1, 2], nothing: [3] },
    ],
  ];
  for (const [make, expected] of changes) {
    await mine.change(make);
    assert.deepEqual(await contentOf(mine), expected);
    assert.equal(mine.canUndo, true);
    await mine.undo();
    assert.deepEqual(await contentOf(mine), before);
    assert.equal(mine.canUndo, false);
  }
  const files = () => readdir(path.join(thingsDir, 'mine', 'samples'));
  assert.equal((await files()).length, 6);
  await mine.change((things) => withoutSample(things, pen));
  assert.equal((await files()).length, 6, 'what can be taken back is kept');
  await mine.change((things) => withName(things, idOf(mine, 'mug'), 'cup'));
  assert.equal((await files()).length, 4);
  await assert.rejects(
    mine.change((things) => withoutSample(things, pen)),
    { code: 'not_found' },
  );
  await assert.rejects(mine.picture(pen), { code: 'not_found' });
});

test('an undo takes back the change that it names, and no other', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'everyone' });
  await mine.add({ name: 'mug' }, taughtSample(1));
  const { revision: first } = await mine.add({ name: 'pen' }, taughtSample(2));
  assert.equal(mine.revision, first);
  const removed = await mine.change((things) => withoutThing(things, idOf(mine, 'pen')));
  assert.notEqual(removed, first);
  // Somebody else teaches meanwhile.
  const { revision: others } = await mine.add({ name: 'pot' }, taughtSample(3));
  await assert.rejects(mine.undo(removed), (error: CodedError) => {
    assert.equal(error.code, 'conflict');
    assert.match(error.message, /was changed since/);
    return true;
  });
  assert.deepEqual(await contentOf(mine), { mug: [1], pot: [3] });
  // Embedding again is no change of a person's.
  await mine.embedAgain(mine.things[0]?.samples[0]?.id ?? '', taughtSample(1).views, 'v2');
  const back = await mine.undo(others);
  assert.deepEqual(await contentOf(mine), { mug: [1] });
  assert.equal(mine.revision, back);
});

test('the sample that a wrong name came from goes with the right one, in one change', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'everyone' });
  const sampleOf = (name: string, view: number) => ({
    ...taughtSample(view),
    views: [embeddingOf(name, view)],
  });
  await mine.add({ name: 'dog' }, sampleOf('dog', 1));
  const { sample } = await mine.add({ name: 'dog' }, sampleOf('cat', 2));
  const { moved, revision } = await mine.add({ name: 'cat' }, sampleOf('cat', 3), { name: 'dog' });
  assert.equal(moved, sample);
  const counts = () => Object.fromEntries(mine.things.map(({ name, samples }) => [name, samples.length]));
  assert.deepEqual(counts(), { dog: 1, cat: 2 });
  await mine.undo(revision);
  assert.deepEqual(counts(), { dog: 2 });
  // What looks like none of its samples was taken for it without any of them being wrong.
  const other = await mine.add({ name: 'lamp' }, sampleOf('lamp', 4), { name: 'dog' });
  assert.equal(other.moved, undefined);
  assert.deepEqual(counts(), { dog: 2, lamp: 1 });
});

test('no thing is called as those are that were not taught', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'everyone' });
  await mine.add({ name: 'mug' }, taughtSample(1));
  for (const refused of [
    mine.add({ name: 'Unknown' }, taughtSample(2)),
    mine.change((things) => withName(things, idOf(mine, 'mug'), 'unknown')),
  ]) {
    await assert.rejects(refused, { code: 'bad_request' });
  }
  assert.deepEqual(await contentOf(mine), { mug: [1] });
});

test('a collection that only its link opens is in no list, and does not come back for everyone', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'link' });
  assert.match(mine.id, /^mine-[a-z2-7]{22}$/);
  assert.deepEqual(store.list(), []);
  assert.equal(store.find(mine.id), mine);
  assert.equal(store.has('mine'), false);
  await store.remove(mine.id);
  await assert.rejects(store.findOrCreate(mine.id), { code: 'unknown_collection' });
  await assert.rejects(mine.add({ name: 'mug' }, taughtSample(1)), { code: 'unknown_collection' });
});

test('ids that no folder can have are refused, and those that are taken', async (t) => {
  const { store } = await openStore(t);
  for (const id of ['', 'Mine', '../mine', 'con', 'a/b', '.things', 'x'.repeat(65)]) {
    await assert.rejects(store.findOrCreate(id), { code: 'bad_request' }, id);
  }
  await assert.rejects(store.create({ id: 'x'.repeat(42), visibility: 'link' }), { code: 'bad_request' });
  await store.create({ id: 'mine', visibility: 'everyone' });
  await assert.rejects(store.create({ id: 'mine', visibility: 'everyone' }), { code: 'conflict' });
});

test('limits: things and samples of a collection', () => {
  const sample = (at: number) => ({ ...taughtSample(at), id: newThingId() });
  let things: Things = [];
  for (let at = 0; at < MAX_THINGS; at++) {
    things = withSamples(things, { name: `thing ${at}` }, [sample(at)], newThingId());
  }
  const more = (name: string, samples: number) =>
    withSamples(
      things,
      { name },
      Array.from({ length: samples }, (_, at) => sample(at)),
      newThingId(),
    );
  assert.throws(() => more('one more', 1), { code: 'conflict', message: /200 things/ });
  assert.equal(withSamples(things, { nothing: true }, [sample(0)], newThingId()).length, MAX_THINGS + 1);
  assert.equal(more('thing 7', MAX_SAMPLES - MAX_THINGS).length, MAX_THINGS);
  assert.throws(() => more('thing 7', MAX_SAMPLES - MAX_THINGS + 1), {
    code: 'conflict',
    message: /10000 samples/,
  });
});

test('an index that cannot be read is left as it is, and said', async (t) => {
  const { thingsDir, reopen } = await openStore(t);
  await mkdir(path.join(thingsDir, 'mine'), { recursive: true });
  const file = path.join(thingsDir, 'mine', 'collection.json');
  await writeFile(file, '{"schema": 2}');
  const store = await reopen();
  assert.throws(() => store.find('mine'), { code: 'conflict' });
  await assert.rejects(store.findOrCreate('mine'), { code: 'conflict' });
  assert.equal(await readFile(file, 'utf8'), '{"schema": 2}');
});

test('an import comes as a whole, or not at all', async (t) => {
  const { store, thingsDir, reopen } = await openStore(t);
  const first = await store.findOrCreate('first');
  for (const [at, name] of ['mug', 'pen', 'mug'].entries()) await first.add({ name }, taughtSample(at + 1));
  async function* samples(isCut = false) {
    for (const { name, samples } of first.things) {
      for (const sample of samples) {
        const [jpeg, views] = [await first.picture(sample.id), await first.views(sample.id)];
        yield { shows: { name }, sample: { ...sample, jpeg, views } };
      }
    }
    if (isCut) throw new Error('the upload broke off');
  }
  const wanted = { id: 'second', visibility: 'everyone' } as const;
  await assert.rejects(store.importCollection(wanted, samples(true)), /broke off/);
  assert.deepEqual(await readdir(thingsDir), ['first']);
  await store.importCollection(wanted, samples());
  assert.deepEqual(await contentOf((await reopen()).find('second')), { mug: [1, 3], pen: [2] });
});

test('from the eleventh sample of a thing on the plain view alone is kept', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.create({ id: 'mine', visibility: 'everyone' });
  const sample = taughtSample(1);
  const views = [...sample.views, ...sample.views];
  for (let count = 0; count < 12; count++) await mine.add({ name: 'mug' }, { ...sample, views });
  await mine.add({ name: 'pen' }, { ...sample, views });
  const kept = mine.things.map(({ samples }) =>
    Promise.all(samples.map(async ({ id }) => (await mine.views(id)).length)),
  );
  assert.deepEqual(await Promise.all(kept), [[...Array(10).fill(views.length), 1, 1], [views.length]]);
});

test('samples that cannot be read are counted in one line, which says no id; one that is gone has none', async (t) => {
  const { store, thingsDir } = await openStore(t);
  const { id } = await store.create({ id: 'mine', visibility: 'link' });
  for (const value of [1, 2, 3]) await store.find(id).add({ name: 'mug' }, taughtSample(value));
  const log = recordLog();
  const mine = (await openThingsStore(thingsDir, log.log)).find(id);
  for (const sample of mine.things[0]?.samples.slice(1) ?? []) {
    await rm(path.join(thingsDir, id, 'samples', `${sample.id}.f16`));
  }
  assert.equal(namedBy(await mine.learned()).length, 1);
  const [line, ...others] = log.all('samples cannot be read');
  assert.deepEqual([line?.samples, others], [2, []]);
  assert.match(String(line?.why), /ENOENT/);
  await mine.remove();
  assert.deepEqual(namedBy(await mine.learned()), []);
  assert.equal(log.lines.length, 1);
  assert.doesNotMatch(JSON.stringify(log.lines), new RegExp(id));
});

test('a collection that was removed is gone, whatever of its files cannot be deleted yet', async (t) => {
  const { store, thingsDir, reopen } = await openStore(t);
  const mine = await store.findOrCreate('mine');
  await mine.add({ name: 'mug' }, taughtSample(1));
  const held = t.mock.method(fs.promises, 'rm', async () => {
    throw Object.assign(new Error('resource busy'), { code: 'EBUSY' });
  });
  syncBuiltinESMExports();
  try {
    await store.remove('mine');
  } finally {
    held.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(store.has('mine'), false);
  await assert.rejects(mine.add({ name: 'mug' }, taughtSample(2)), { code: 'unknown_collection' });
  assert.equal((await readdir(thingsDir)).length, 1);
  await reopen();
  assert.deepEqual(await readdir(thingsDir), []);
});

test('a collection that is being removed while it is learned from teaches nothing, and that is no failure', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.findOrCreate('mine');
  await mine.add({ name: 'mug' }, taughtSample(1));
  let letGo = () => {};
  const deleted = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    // The folder has lost its name by then.
    t.mock.method(fs.promises, 'rm', () => {
      resolve();
      return deleted;
    });
  });
  syncBuiltinESMExports();
  try {
    const removed = store.remove('mine');
    await begun;
    const learned = mine.learned();
    await turn();
    await turn();
    // Behind it: by then it has failed.
    await assert.rejects(learner.run({ kind: 'learn', dir: path.join(store.dir, 'mine') }), /ENOENT/);
    letGo();
    assert.deepEqual(namedBy(await learned), []);
    await removed;
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

test('a name that a thing has already is no change, and what is none of the things keeps its own', async (t) => {
  const { store } = await openStore(t);
  const mine = await store.findOrCreate('mine');
  await mine.add({ name: 'mug' }, taughtSample(1));
  await mine.add({ nothing: true }, taughtSample(2));
  for (const [name, wanted] of [
    ['mug', 'mug'],
    ['nothing', 'desk'],
  ] as const) {
    await mine.change((things) => withName(things, idOf(mine, name), wanted));
  }
  await mine.undo();
  assert.deepEqual(await contentOf(mine), { mug: [1] }, 'the last change is still the last sample');
});

test('an import that takes its time holds up no other collection, and what teaches its own waits for it', async (t) => {
  const { store } = await openStore(t);
  let goOn = () => {};
  const waits = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* samples() {
    yield { shows: { name: 'mug' }, sample: taughtSample(1) };
    await waits;
  }
  const wanted = { id: 'large', visibility: 'everyone' } as const;
  const imported = store.importCollection(wanted, samples());
  await assert.rejects(store.create(wanted), { code: 'conflict' });
  await (await store.findOrCreate('other')).add({ name: 'pen' }, taughtSample(2));
  const taught = [3, 4].map(async (value) =>
    (await store.findOrCreate('large')).add({ name: 'mug' }, taughtSample(value)),
  );
  goOn();
  await Promise.all(taught);
  assert.deepEqual(await contentOf(await imported), { mug: [1, 3, 4] });
});

test('what was learned is the same to the last digit after a restart', async (t) => {
  const { store, reopen } = await openStore(t);
  const mine = await store.findOrCreate('mine');
  const add = (name: string, from: number) =>
    mine.add(
      { name },
      {
        ...taughtSample(1),
        views: [Float32Array.from({ length: EMBEDDING_SIZE }, (_, at) => Math.sin(at + from))],
      },
    );
  for (const from of [1, 1.1]) await add('mug', from);
  for (const from of [2, 2.1]) await add('pen', from);
  assert.deepEqual(await mine.learned(), await (await reopen()).find('mine').learned());
});
