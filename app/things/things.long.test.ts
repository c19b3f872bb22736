import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import sharp from 'sharp';
import { copyShipped } from '../../server/testing/modelFixtures.ts';
import { ADMIN_TOKEN, ONE_WORKER, testServer } from '../../server/testing/testServer.ts';
import { WHOLE } from '../../vision/geometry.ts';
import { thingsOnServer } from './collectionOnServer.ts';
import { Things } from './things.ts';
import { thingsHere } from './thingsHere.ts';

/** Things on a real server with nothing taught yet, and what was said to be taught. */
async function taught(t: TestContext, { mayTeach = true } = {}) {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(modelsDir, { recursive: true, force: true }));
  for (const id of ['coco-ssd', 'things']) await copyShipped(path.join(modelsDir, id), `models/${id}`);
  const server = await testServer(t, { ...ONE_WORKER, modelsDir, adminToken: ADMIN_TOKEN });
  const { port } = server;
  const used: string[] = [];
  const url = `http://127.0.0.1:${port}`;
  const things = new Things({
    server: thingsOnServer({ url, ...(mayTeach && { token: ADMIN_TOKEN }) }),
    // There is no database outside of browsers.
    here: thingsHere({
      embed: async () => ({ views: [], version: '' }),
      version: () => undefined,
      onHead() {},
    }),
    onTaught: (id) => used.push(id),
    onSampleLost() {},
  });
  t.after(() => things.close());
  return { things, used, server };
}

const CAT = await sharp(await readFile('e2e/media/cat.png'))
  .resize(200, 200)
  .jpeg()
  .toBuffer();
const CUP = await sharp(await readFile('e2e/media/cup.png'))
  .resize(200, 200)
  .jpeg()
  .toBuffer();
const taken = (picture: Buffer) => async () => ({
  picture: new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }),
  box: WHOLE,
});
const namesOf = (things: Things) => things.store.getState().details?.things.map(({ name }) => name);
const countsOf = (things: Things) =>
  things.store.getState().details?.things.map(({ samples }) => samples.length);

const removedOf = (things: Things) => {
  const { what, name } = things.store.getState().removed ?? {};
  return { what, name };
};

test('the first visit makes a collection and opens the teaching view; a held button takes samples until it is released', async (t) => {
  const { things, used } = await taught(t);
  assert.equal(await things.enter(), true);
  const { collections, teaching, details } = things.store.getState();
  assert.deepEqual(
    collections?.map(({ id }) => id),
    ['my-things'],
  );
  assert.deepEqual(details?.things, []);
  assert.equal(teaching?.name, '');
  // Without a name nothing is taken.
  await things.hold(taken(CAT));
  assert.equal(things.store.getState().teaching?.taken, undefined);

  things.setName({ name: ' Tom ' });
  let count = 0;
  await things.hold(async () => {
    count += 1;
    if (count === 3) things.release();
    return taken(CAT)();
  });
  const { taken: last } = things.store.getState().teaching ?? {};
  assert.equal(last?.thing.name, 'Tom');
  assert.equal(last?.samples, 3);
  assert.ok(last.variety < 0.01, String(last.variety));
  assert.equal(used.at(-1), 'things:my-things');

  // A tap: one sample. One that the camera does not give is told, and what was taught stays.
  const tap = things.hold(taken(CAT));
  things.release();
  await tap;
  assert.equal(things.store.getState().teaching?.taken?.samples, 4);
  await things.hold(() => Promise.reject(Object.assign(new Error('away'), { code: 'out_of_sight' })));
  assert.equal(things.store.getState().teaching?.problem?.code, 'out_of_sight');
  await things.refresh();
  assert.deepEqual(countsOf(things), [4]);
  things.stopTeaching();
  assert.equal(things.store.getState().teaching, undefined);
});

test('pictures are added one by one; one that is none is named, and the others are there; deleting and merging can be undone', async (t) => {
  const { things } = await taught(t);
  await things.enter();
  const picture = (fileName: string, name: string, read: () => ReturnType<ReturnType<typeof taken>>) => ({
    fileName,
    name: { name, isNothing: false },
    read,
  });
  await things.addPictures([
    picture('cat/1.jpg', 'Cat', taken(CAT)),
    picture('cat/notes.txt', 'Cat', taken(Buffer.from('no picture'))),
    picture('cup/1.jpg', 'Cup', taken(CUP)),
  ]);
  const { adding } = things.store.getState();
  assert.deepEqual([adding?.done, adding?.total], [3, 3]);
  assert.deepEqual(
    adding?.refused.map(({ file, problem }) => [file, problem.code]),
    [['cat/notes.txt', 'undecodable']],
  );
  assert.deepEqual(namesOf(things), ['Cat', 'Cup']);

  const [cat, cup] = things.store.getState().details?.things ?? [];
  assert.ok(cat && cup);
  assert.equal((await things.picture(cat.samples[0]?.id ?? '')).type, 'image/jpeg');
  await things.removeSample(cat.id, cat.samples[0]?.id ?? '');
  assert.deepEqual(removedOf(things), { what: 'sample', name: 'Cat' });
  await things.undo();
  assert.deepEqual(countsOf(things), [1, 1]);
  assert.equal(things.store.getState().removed, undefined);

  await things.rename(cat.id, 'Cup');
  assert.deepEqual(removedOf(things), { what: 'merged', name: 'Cup' });
  assert.deepEqual([namesOf(things), countsOf(things)], [['Cup'], [2]]);
  await things.undo();
  assert.deepEqual(namesOf(things)?.toSorted(), ['Cat', 'Cup']);
  await things.rename(cup.id, 'Mug');
  assert.equal(things.store.getState().removed, undefined);
  assert.deepEqual(namesOf(things)?.toSorted(), ['Cat', 'Mug']);
  await things.removeThing(cat.id);
  assert.deepEqual(removedOf(things), { what: 'thing', name: 'Cat' });
});

test('a collection that only its link opens is in no list, and is found again by who has the link', async (t) => {
  const { things } = await taught(t);
  await things.enter();
  await things.collections.create('Büro', 'link');
  const { chosen, details, collections } = things.store.getState();
  assert.match(chosen, /^buro-[a-z2-7]{22}$/);
  assert.equal(details?.visibility, 'link');
  assert.equal(collections?.length, 2);
  await things.choose('my-things');
  assert.equal(things.modelId, 'things:my-things');
  await things.openLink(chosen);
  assert.equal(things.store.getState().details?.id, chosen);
});

test('who may not teach the server is offered this browser; where it keeps nothing, or the server is away, that is told', async (t) => {
  const { things, server } = await taught(t, { mayTeach: false });
  assert.equal(await things.enter(), false);
  assert.equal(things.store.getState().teaching, undefined);
  assert.equal(things.store.getState().problem?.code, 'no_storage');
  await server.close();
  assert.equal(await things.enter(), false);
  assert.equal(things.store.getState().problem?.code, 'unreachable');
});
