import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '../../server/testing/silentLog.ts';
import { addSample } from '../../server/things/collectionDetails.ts';
import { openThingsStore } from '../../server/things/thingsStore.ts';
import { WHOLE } from '../../vision/geometry.ts';
import { embeddingOf } from '../../vision/testing/thingCalled.ts';
import { type Head, learnHead, recognise } from '../../vision/things/head.ts';
import { collectionHere } from './collectionHere.ts';
import type { HereCollection, HereSample } from './hereDatabase.ts';

/** A collection of a browser whose database is a table in memory, and the heads that it taught. */
function setUp(version = () => 'v1', embedding: () => Promise<void> = async () => {}) {
  const collections = new Map<string, HereCollection>();
  const samples = new Map<string, HereSample>();
  const heads: Head[] = [];
  const looks: (() => void)[] = [];
  let shown: readonly Float32Array[] = [];
  const here = collectionHere('@mine', {
    database: {
      find: async (id) => collections.get(id),
      samples: async (ids) => ids.flatMap((id) => samples.get(id) ?? []),
      async change(id, change, added: readonly HereSample[] = []) {
        const after = change(collections.get(id) ?? { id, things: [] });
        collections.set(id, after);
        for (const sample of added ?? []) samples.set(sample.id, sample);
        return after;
      },
    },
    async embed() {
      await embedding();
      return { views: shown, version: version() };
    },
    version,
    onHead(_, head) {
      heads.push(head);
      for (const look of looks) look();
    },
    learned: new Map(),
    renewing: new Map(),
  });
  return {
    here,
    heads,
    shows(views: readonly Float32Array[]) {
      shown = views;
    },
    add(name: string | undefined, views: readonly Float32Array[], wrong?: string) {
      shown = views;
      const as = { name: name ?? '', isNothing: name === undefined };
      return here.addSample({ picture: new Blob(), box: WHOLE }, as, wrong);
    },
    /** Resolves when something is learned of a collection that is so. */
    renewed: (isSo: (collection: HereCollection) => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => [...collections.values()].every(isSo) && resolve();
        looks.push(look);
        look();
      }),
  };
}

const viewsOf = (name: string, at: number) => [0, 1, 2, 3, 4].map((view) => embeddingOf(name, at * 5 + view));

async function serverCollection(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  return (await openThingsStore(dir, SILENT_LOG)).findOrCreate('mine');
}

test('what is taught in the browser gives the names and scores that it gives on a server', async (t) => {
  const server = await serverCollection(t);
  const { heads, add } = setUp();
  // More of the mug than are kept in all views.
  const taught = [...Array<string>(11).fill('mug'), 'pen', 'pot', undefined];
  for (const [at, name] of taught.entries()) {
    const views = viewsOf(name ?? 'desk', at);
    const added = await add(name, views);
    const shows = name === undefined ? ({ nothing: true } as const) : { name };
    const sample = { takenAtMs: at, version: 'v1', jpeg: new Uint8Array([0xff, 0xd8]), views };
    const onServer = await addSample(server, shows, { ...sample, box: [...WHOLE] });
    assert.equal(added.samples, onServer.samples);
    assert.ok(Math.abs(added.variety - onServer.variety) < 1e-3);
  }
  const learned = await server.learned();
  for (const name of ['mug', 'pen', 'pot', 'desk', 'lamp']) {
    const seen = embeddingOf(name, 1_000);
    const [here, there] = [recognise(heads.at(-1) ?? learnHead([]), seen), recognise(learned, seen)];
    assert.equal(here.thing?.name, there.thing?.name, name);
    // The server keeps vectors in half the bytes.
    assert.ok(Math.abs(here.score - there.score) < 5e-3, `${name}: ${here.score}, ${there.score}`);
  }
});

test('an undo takes back the change that it names, and no other', async () => {
  const { here, add } = setUp();
  await add('mug', viewsOf('mug', 1));
  const { things, revision } = await here.details();
  const names = async () => (await here.details()).things.map(({ name }) => name);
  const renamed = await here.rename(things[0]?.id ?? '', 'Tea mug');
  // In another tab.
  await add('pen', viewsOf('pen', 1));
  for (const meant of [renamed.revision, revision]) {
    await assert.rejects(here.undo(meant), { code: 'conflict' });
  }
  assert.deepEqual(await names(), ['Tea mug', 'pen']);
  const last = (await here.details()).revision;
  await here.undo(last);
  assert.deepEqual(await names(), ['Tea mug']);
  await assert.rejects(here.undo(), { code: 'conflict' });
  await assert.rejects(here.rename(things[0]?.id ?? '', 'unknown'), { code: 'bad_request' });
});

test('the sample that a wrong name came from is one of the right thing from then on', async () => {
  const { here, add } = setUp();
  const { sample } = await add('dog', viewsOf('cat', 1));
  const { moved, samples } = await add('cat', viewsOf('cat', 2), 'dog');
  assert.deepEqual([moved, samples], [sample, 2]);
  assert.deepEqual(
    (await here.details()).things.map(({ name }) => name),
    ['cat'],
  );
});

test('what another version of the model embedded is not compared with what is seen now', async () => {
  let version = 'v1';
  const { add } = setUp(() => version);
  await add('dog', viewsOf('cat', 1));
  version = 'v2';
  assert.equal((await add('cat', viewsOf('cat', 2), 'dog')).moved, undefined);
});

test('what another version of the model embedded is embedded again, and names nothing before', async () => {
  let version = 'v1';
  const { here, heads, add, shows, renewed } = setUp(() => version);
  await add('mug', viewsOf('mug', 1));
  await add('mug', viewsOf('mug', 2));
  const seen = () => recognise(heads.at(-1) ?? learnHead([]), embeddingOf('mug', 1_000)).thing?.name;
  assert.equal(seen(), 'mug');
  version = 'v2';
  shows(viewsOf('mug', 3));
  await here.details();
  assert.equal(seen(), undefined);
  await renewed(({ things }) => things.every(({ samples }) => samples.every((one) => one.version === 'v2')));
  assert.equal(seen(), 'mug');
  const learned = heads.length;
  await here.details();
  assert.equal(heads.length, learned, 'all of it is current');
});

test('to look at a collection while it is learned again teaches nothing, and begins nothing', async () => {
  let version = 'v1';
  let embedding = async () => {};
  const { here, heads, add } = setUp(
    () => version,
    () => embedding(),
  );
  await add('mug', viewsOf('mug', 1));
  await add('mug', viewsOf('mug', 2));
  version = 'v2';
  let fail = (_error: Error) => {};
  let begun = 0;
  const failed = new Promise<void>((_, reject) => {
    fail = reject;
  });
  embedding = () => {
    begun += 1;
    return failed;
  };
  const learned = heads.length;
  assert.deepEqual((await here.details()).relearning, { done: 0, total: 2 });
  assert.equal(heads.length, learned + 1, 'without what is of the version before');
  for (const look of [here.details, here.details, here.progress, here.progress]) {
    assert.deepEqual((await look()).relearning, { done: 0, total: 2 });
  }
  assert.equal(heads.length, learned + 1);
  // As when another model is in use.
  fail(new Error('My things is not in use.'));
  while ((await here.progress()).relearning) await new Promise(setImmediate);
  await here.progress();
  assert.deepEqual([begun, heads.length], [1, learned + 1]);
  await here.details();
  assert.equal(begun, 2, 'who looks at all of it goes on');
});

test('to look at a collection teaches nothing again; what was changed does', async () => {
  const { here, heads, add } = setUp();
  const { thing } = await add('mug', viewsOf('mug', 1));
  await here.details();
  await here.details();
  assert.equal(heads.length, 1);
  await here.rename(thing.id, 'Tea mug');
  assert.equal(heads.at(-1)?.classes[0]?.name, 'Tea mug');
  await here.undo();
  assert.equal(heads.at(-1)?.classes[0]?.name, 'mug');
  assert.equal(heads.length, 3);
});
