import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ClientError } from '../../client/clientError.ts';
import type { CollectionDetails, CollectionInfo } from '../../protocol/things.ts';
import type { Collection } from './collection.ts';
import { Things } from './things.ts';
import type { Moving } from './thingsState.ts';

const infoOf = (id: string): CollectionInfo => ({ id, visibility: 'everyone', things: 1, samples: 1 });
const detailsOf = (id: string): CollectionDetails => ({
  id,
  visibility: 'everyone',
  things: [{ id: 'a', name: 'Mug', isNothing: false, samples: [{ id: 'b', takenAtMs: 1 }] }],
  mayChange: true,
  canUndo: false,
});

const refuse = async () => {
  throw new Error('not in this test');
};

const collection = (id: string): Collection => ({
  details: async () => detailsOf(id),
  progress: async () => detailsOf(id),
  addSample: refuse,
  rename: refuse,
  removeThing: refuse,
  removeSample: refuse,
  undo: refuse,
  picture: refuse,
});

/** A server that has `my-things`, and a browser that has `@mugs`, which is in use. */
async function setUp(t: TestContext, { refuses = false, isChanged = false } = {}) {
  const did: string[] = [];
  const refusal = () => new ClientError('conflict', 'refused');
  const things = new Things({
    server: {
      list: async () => ({ collections: [infoOf('my-things')], mayChange: true }),
      create: refuse,
      embedders: {
        embedders: refuse,
        compareEmbedders: refuse,
        cancelComparison: refuse,
        chooseEmbedder: refuse,
      },
      collection,
      async remove(id) {
        if (refuses) throw refusal();
        did.push(`server removes ${id}`);
      },
      async exported(id, as, onBytes, signal) {
        onBytes(100);
        await Promise.resolve();
        signal.throwIfAborted();
        return new File(['zip'], `${id}-${as}.zip`);
      },
      async imported(file, { name, visibility }) {
        if (refuses) throw refusal();
        did.push(`server takes ${await file.text()} as ${name} for ${visibility}`);
        return detailsOf(name);
      },
    },
    here: {
      list: async () => [infoOf('@mugs')],
      create: refuse,
      collection,
      async setRemoved(id, isRemoved, only) {
        if (only && isChanged) return false;
        did.push(`browser ${isRemoved ? 'removes' : 'has'} ${id}`);
        return true;
      },
      async exported(id, as, onProgress) {
        onProgress(0.5);
        return new File(['zip'], `${id.slice(1)}-${as}.zip`);
      },
      imported: async (_, name) => infoOf(`@${name}`),
    },
    onTaught: (id) => did.push(`uses ${id}`),
    onSampleLost() {},
  });
  t.after(() => things.close());
  await things.refresh();
  await things.choose('@mugs');
  did.length = 0;
  const moving: (Moving | undefined)[] = [];
  things.store.subscribe(() => {
    const { moving: now } = things.store.getState();
    if (now !== moving.at(-1)) moving.push(now);
  });
  const ids = () => things.store.getState().collections?.map(({ id }) => id);
  return { things, did, moving, ids };
}

test('an export says how far it is, by what is done or by what has come', async (t) => {
  const { things, moving } = await setUp(t);
  assert.equal((await things.collections.exported('collection'))?.name, 'mugs-collection.zip');
  const nothing = { what: 'export', as: 'collection', bytes: undefined, share: undefined };
  assert.deepEqual(moving, [nothing, { ...nothing, share: 0.5 }, undefined]);
  // Only a server makes models.
  assert.equal(await things.collections.exported('onnx'), undefined);
  await things.choose('my-things');
  moving.length = 0;
  assert.equal((await things.collections.exported('onnx'))?.name, 'my-things-onnx.zip');
  assert.equal(moving[1]?.bytes, 100);
});

test('an export that was cancelled is no problem, and the next one works', async (t) => {
  const { things } = await setUp(t);
  await things.choose('my-things');
  const leaving = things.collections.exported('pictures');
  things.collections.cancel();
  assert.equal(await leaving, undefined);
  const { problem, moving } = things.store.getState();
  assert.deepEqual([problem, moving], [undefined, undefined]);
  assert.ok(await things.collections.exported('pictures'));
});

test('a collection that moves to the server leaves this browser once the server has it, and not before', async (t) => {
  const { things, did, ids } = await setUp(t);
  await things.collections.share('everyone');
  assert.deepEqual(did, [
    'server takes zip as mugs for everyone',
    'uses things:mugs',
    'browser removes @mugs',
  ]);
  assert.deepEqual(ids(), ['my-things', 'mugs']);
  const refused = await setUp(t, { refuses: true });
  await refused.things.collections.share('link');
  assert.deepEqual(refused.did, []);
  assert.equal(refused.things.store.getState().problem?.code, 'conflict');
  assert.equal(refused.things.store.getState().chosen, '@mugs');
});

test('a collection that was changed while it was sent stays in this browser, and that is told', async (t) => {
  const { things, did, ids } = await setUp(t, { isChanged: true });
  await things.collections.share('everyone');
  assert.deepEqual(did, ['server takes zip as mugs for everyone', 'uses things:mugs']);
  assert.deepEqual(ids(), ['my-things', '@mugs', 'mugs']);
  assert.equal(things.store.getState().problem?.sentence?.code, 'changed_while_sent');
});

test('what is deleted is the collection that was asked about, whichever is in use when its turn comes', async (t) => {
  const { things, did, ids } = await setUp(t);
  const before = things.refresh();
  const removed = things.collections.remove();
  await Promise.all([things.choose('my-things'), before, removed]);
  assert.deepEqual(did, ['browser removes @mugs', 'uses things:my-things']);
  assert.deepEqual(ids(), ['my-things']);
});

test('a collection of this browser that was deleted comes back; another is in use before one is gone', async (t) => {
  const { things, did, ids } = await setUp(t);
  await things.collections.remove();
  assert.deepEqual(did, ['uses things:my-things', 'browser removes @mugs']);
  assert.deepEqual(things.store.getState().removed, { what: 'collection', name: 'mugs', id: '@mugs' });
  assert.deepEqual(ids(), ['my-things']);
  await things.undo();
  assert.deepEqual(did.slice(2), ['browser has @mugs', 'uses things:@mugs']);
  assert.equal(things.store.getState().removed, undefined);
  assert.deepEqual(ids(), ['my-things', '@mugs']);
});

test('no undo is offered of a deleted collection whose name another one has by now', async (t) => {
  const { things } = await setUp(t);
  await things.collections.remove();
  await things.collections.import(new File(['zip'], 'mugs.zip'), 'here');
  const { chosen, removed } = things.store.getState();
  assert.deepEqual([chosen, removed], ['@mugs', undefined]);
});

test('a collection of a server that was deleted is gone; one that cannot be deleted is in use again', async (t) => {
  const { things, did } = await setUp(t);
  await things.choose('my-things');
  did.length = 0;
  await things.collections.remove();
  assert.deepEqual(did, ['uses things:@mugs', 'server removes my-things']);
  assert.equal(things.store.getState().removed, undefined);
  const refused = await setUp(t, { refuses: true });
  await refused.things.choose('my-things');
  await refused.things.collections.remove();
  const { chosen, problem } = refused.things.store.getState();
  assert.deepEqual([chosen, problem?.code], ['my-things', 'conflict']);
});
