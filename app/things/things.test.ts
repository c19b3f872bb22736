import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ClientError } from '../../client/clientError.ts';
import type { CollectionDetails } from '../../protocol/things.ts';
import { WHOLE } from '../../vision/geometry.ts';
import type { Problem } from '../models/problem.ts';
import type { Collection } from './collection.ts';
import type { ServerThings } from './collectionOnServer.ts';
import { Things } from './things.ts';

const detailsOf = (id: string, ...names: string[]): CollectionDetails => ({
  id,
  visibility: 'everyone',
  things: names.map((name) => ({
    id: `${id}-${name}`,
    name,
    isNothing: false,
    samples: [{ id: name, takenAtMs: 1 }],
  })),
  mayChange: true,
  canUndo: true,
});

/** What a request waits for, where a test holds it up. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** Two collections, `my-things` and `pens`, whose server takes samples as `add` says. */
function setUp(
  t: TestContext,
  add: () => Promise<void> = async () => {},
  progress: (id: string) => Promise<CollectionDetails> = async (id) => detailsOf(id, 'Mug'),
) {
  const lost: Problem[] = [];
  /** From which collections a thing was removed. */
  const removed: string[] = [];
  const collection = (id: string): Collection => ({
    async details() {
      if (id === 'gone') throw new ClientError('unknown_collection', 'gone');
      return detailsOf(id, 'Mug');
    },
    progress: () => progress(id),
    async addSample(_, { name }) {
      await add();
      return { thing: { id: 'a', name }, sample: 'b', samples: 1, variety: 0 };
    },
    rename: async () => detailsOf(id),
    async removeThing() {
      removed.push(id);
      return detailsOf(id);
    },
    removeSample: async () => detailsOf(id),
    undo: async () => detailsOf(id, 'Mug'),
    picture: async () => new Blob(),
  });
  const infos = ['my-things', 'pens'].map((id) => ({
    id,
    visibility: 'everyone' as const,
    things: 1,
    samples: 1,
  }));
  const refuse = async () => {
    throw new Error('not in this test');
  };
  const server: ServerThings = {
    list: async () => ({ collections: infos, mayChange: true }),
    create: refuse,
    collection,
    remove: refuse,
    embedders: {
      embedders: refuse,
      compareEmbedders: refuse,
      cancelComparison: refuse,
      chooseEmbedder: refuse,
    },
    exported: async () => new File([], 'things.zip'),
    imported: refuse,
  };
  const things = new Things({
    server,
    here: {
      list: async () => [],
      create: refuse,
      collection,
      setRemoved: refuse,
      exported: refuse,
      imported: refuse,
    },
    onTaught() {},
    onSampleLost: (problem) => lost.push(problem),
  });
  t.after(() => things.close());
  return { things, lost, removed };
}

const take = async () => ({ picture: new Blob(), box: WHOLE });
function tap(things: Things): Promise<void> {
  const held = things.hold(take);
  things.release();
  return held;
}

test('what a sample changed is shown of the collection in use, whichever was chosen meanwhile', async (t) => {
  const { passed, open } = gate();
  const { things } = setUp(t, () => passed);
  await things.enter();
  things.teach({ name: 'Cup' });
  const taken = tap(things);
  await things.choose('pens');
  open();
  await taken;
  await things.refresh();
  assert.equal(things.store.getState().details?.id, 'pens');
  const seen: (string | undefined)[] = [];
  things.store.subscribe(() => seen.push(things.store.getState().details?.id));
  things.teach({ name: 'Cup' });
  const again = tap(things);
  const chosen = things.choose('my-things');
  await Promise.all([again, chosen]);
  await things.refresh();
  assert.equal(seen.slice(seen.indexOf('my-things')).includes('pens'), false, String(seen));
});

test('what ends with the page is no problem: neither of the sample on its way nor of the pictures that are added', async (t) => {
  const { passed, open } = gate();
  const ended = new AbortController();
  const { things, lost } = setUp(t, async () => {
    await passed;
    ended.signal.throwIfAborted();
  });
  await things.enter();
  things.teach({ name: 'Cup' });
  const taken = tap(things);
  const added = things.addPictures([
    { fileName: 'a.jpg', name: { name: 'Cup', isNothing: false }, read: take },
  ]);
  ended.abort();
  things.close();
  open();
  await Promise.all([taken, added]);
  const { teaching, problem, adding } = things.store.getState();
  assert.deepEqual([teaching?.problem, problem, adding?.refused ?? [], lost], [undefined, undefined, [], []]);
});

test('undo is offered for what was taken away until something else is changed', async (t) => {
  const { things } = setUp(t);
  await things.enter();
  const remove = () => things.removeThing('my-things-Mug');
  await remove();
  assert.equal(things.store.getState().removed?.what, 'thing');
  await things.addPictures([{ fileName: 'a.jpg', name: { name: 'Cup', isNothing: false }, read: take }]);
  assert.equal(things.store.getState().removed, undefined);
  await remove();
  things.teach({ name: 'Cup' });
  await tap(things);
  assert.equal(things.store.getState().removed, undefined);
});

test('a change is one of the collection that was shown, whichever is in use when its turn comes', async (t) => {
  const { things, removed } = setUp(t);
  await things.enter();
  const before = things.refresh();
  const change = things.removeThing('my-things-Mug');
  await Promise.all([things.choose('pens'), before, change]);
  assert.deepEqual(removed, ['my-things']);
  const { details, removed: offered } = things.store.getState();
  assert.deepEqual([details?.id, offered], ['pens', undefined], 'undo would be one of the other');
});

test('a sample that is refused is told, also after its name was changed, or the view closed', async (t) => {
  const gates = [gate(), gate()];
  let asked = 0;
  const { things, lost } = setUp(t, async () => {
    await gates[asked++]?.passed;
    throw new ClientError('conflict', 'full');
  });
  await things.enter();
  things.teach({ name: 'Cup' });
  const first = tap(things);
  things.setName({ name: 'Cups' });
  gates[0]?.open();
  await first;
  assert.equal(things.store.getState().teaching?.problem?.code, 'conflict');
  assert.equal(things.store.getState().teaching?.isTaking, false);
  const second = tap(things);
  things.stopTeaching();
  gates[1]?.open();
  await second;
  assert.deepEqual(lost, [{ code: 'conflict', text: 'full' }]);
});

test('a collection that is gone is not used: the one before stays, and it is told', async (t) => {
  const { things } = setUp(t);
  await things.enter();
  await things.openLink('gone');
  const { chosen, details, problem } = things.store.getState();
  assert.deepEqual([chosen, details?.id, problem?.code], ['my-things', 'my-things', 'unknown_collection']);
});

test('how far a collection is learned again is shown, and all of it once that is done', async (t) => {
  let relearning: CollectionDetails['relearning'] = { done: 1, total: 2 };
  const { things } = setUp(t, undefined, async (id) => ({ ...detailsOf(id, 'Cup'), relearning }));
  await things.enter();
  const before = things.store.getState().details;
  await things.followRelearning();
  const meanwhile = things.store.getState().details;
  assert.deepEqual(meanwhile?.relearning, { done: 1, total: 2 });
  assert.equal(meanwhile?.things, before?.things, 'nothing else is new');
  relearning = undefined;
  await things.followRelearning();
  assert.deepEqual(
    things.store.getState().details?.things.map(({ name }) => name),
    ['Cup'],
  );
});

test('to follow it takes its turn among the changes, and hides no problem', async (t) => {
  const { passed, open } = gate();
  const { things } = setUp(t, undefined, async (id) => {
    await passed;
    return { ...detailsOf(id, 'Old'), relearning: { done: 1, total: 2 } };
  });
  await things.enter();
  const followed = things.followRelearning();
  const changed = things.rename('my-things-Mug', 'Pen');
  open();
  await Promise.all([followed, changed]);
  const { details } = things.store.getState();
  assert.deepEqual([details?.things, details?.relearning], [[], undefined], 'the change came after');
  await things.openLink('gone');
  await things.followRelearning();
  assert.equal(things.store.getState().problem?.code, 'unknown_collection');
});

test('progress that cannot be read changes nothing', async (t) => {
  const { things } = setUp(t, undefined, async () => {
    throw new ClientError('offline', 'away');
  });
  await things.enter();
  const before = things.store.getState();
  await things.followRelearning();
  assert.equal(things.store.getState(), before);
});

test('that a file is ready is told until it is read, or another collection is chosen', async (t) => {
  const { things } = setUp(t);
  const moved = () => things.store.getState().moved;
  await things.collections.exported('collection');
  assert.equal(moved(), 'export');
  await things.choose('pens');
  assert.equal(moved(), undefined);
  await things.collections.exported('collection');
  assert.equal(moved(), 'export');
  things.forgetDone();
  assert.equal(moved(), undefined);
});
