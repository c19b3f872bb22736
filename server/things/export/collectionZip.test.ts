import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { CodedError } from '../../../protocol/errors.ts';
import { collectionZip, picturesZip } from '../../../vision/things/collectionZip.ts';
import { EMBEDDING_SIZE } from '../../../vision/things/taught.ts';
import { temporaryFolder } from '../../import/testing/modelsForTests.ts';
import { makeZip } from '../../testing/makeZip.ts';
import { SILENT_LOG } from '../../testing/silentLog.ts';
import { openThingsStore, thingsDirIn } from '../thingsStore.ts';
import { importCollection } from './importCollection.ts';

const MAX_BYTES = 50e6;
const BOX: [number, number, number, number] = [0.1, 0.1, 0.8, 0.75];

async function openStore(t: TestContext) {
  const modelsDir = await temporaryFolder(t);
  const store = await openThingsStore(thingsDirIn(modelsDir), SILENT_LOG);
  const bring = (
    zip: Uint8Array,
    wanted: Parameters<typeof importCollection>[1] = {},
    maxBytes = MAX_BYTES,
  ) =>
    importCollection(
      Readable.from([zip]),
      wanted,
      { store, modelsDir, maxBytes },
      new AbortController().signal,
    );
  /** What was not cleared away, and collections that are not there in full. */
  const leftovers = async () => readdir(path.join(modelsDir, '.incoming'));
  return { store, bring, leftovers, modelsDir };
}

/** A picture of one colour, and embeddings that float16 keeps exactly. */
async function sampleOf(grey: number) {
  const background = { r: grey, g: grey, b: 20 };
  const jpeg = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .jpeg()
    .toBuffer();
  const view = (by: number) =>
    Float32Array.from({ length: EMBEDDING_SIZE }, (_, at) => grey + by + (at % 8) / 8);
  return { takenAtMs: 1_000 + grey, box: BOX, version: 'abc', jpeg, views: [view(0), view(1)] };
}

async function taught(t: TestContext) {
  const opened = await openStore(t);
  const { store } = opened;
  const mugs = await store.create({ id: 'mugs', visibility: 'everyone' });
  for (const grey of [10, 20, 30]) await mugs.add({ name: 'Blue/mug' }, await sampleOf(grey));
  for (const grey of [40, 50]) await mugs.add({ name: '杯子' }, await sampleOf(grey));
  await mugs.add({ nothing: true }, await sampleOf(60));
  return { ...opened, mugs };
}

test('a collection comes back as it left, on another server', async (t) => {
  const { mugs } = await taught(t);
  const zip = await buffer(collectionZip(mugs));
  const elsewhere = await openStore(t);
  const back = await elsewhere.bring(zip);
  assert.equal(back.id, 'mugs');
  const plain = (things: typeof back.things) =>
    things.map(({ name, isNothing, samples }) => [
      name,
      isNothing,
      samples.map(({ takenAtMs, box, version }) => [takenAtMs, box, version]),
    ]);
  assert.deepEqual(plain(back.things), plain(mugs.things));
  for (const [at, { samples }] of back.things.entries()) {
    for (const [number, { id }] of samples.entries()) {
      const old = mugs.things[at]?.samples[number]?.id ?? '';
      assert.deepEqual(await back.picture(id), await mugs.picture(old));
      assert.deepEqual(await back.views(id), await mugs.views(old));
    }
  }
  assert.deepEqual(await elsewhere.leftovers(), []);
  // It is the same file again, but for the ids of samples.
  assert.equal((await buffer(collectionZip(back))).byteLength, zip.byteLength);
});

test('an id that is taken is refused, another one is given, and what only a link opened stays so', async (t) => {
  const { mugs, store, bring } = await taught(t);
  const zip = await buffer(collectionZip(mugs));
  await assert.rejects(bring(zip), hasCode('conflict'));
  assert.equal((await bring(zip, { id: 'more-mugs' })).id, 'more-mugs');
  await assert.rejects(bring(zip, { id: 'Not An Id' }), hasCode('bad_request'));

  const secret = await store.create({ id: 'mine', visibility: 'link' });
  await secret.add({ name: 'key' }, await sampleOf(70));
  const own = await buffer(collectionZip(secret));
  assert.ok(!own.includes(secret.id), 'the link is not in the file');
  const again = await bring(own);
  assert.equal(again.visibility, 'link');
  assert.match(again.id, /^mine-[a-z2-7]{22}$/);
  assert.notEqual(again.id, secret.id);
});

test('pictures leave in a folder for each thing, with names that every system takes', async (t) => {
  const { mugs } = await taught(t);
  const files = unzipSync(await buffer(picturesZip(mugs)));
  assert.deepEqual(Object.keys(files).sort(), [
    'Blue_mug/0001.jpg',
    'Blue_mug/0002.jpg',
    'Blue_mug/0003.jpg',
    'nothing/0001.jpg',
    '杯子/0001.jpg',
    '杯子/0002.jpg',
  ]);
  const [first] = mugs.things[0]?.samples ?? [];
  assert.deepEqual(files['Blue_mug/0001.jpg'], await mugs.picture(first?.id ?? ''));
});

test('a sample that is removed while its collection leaves is left out of the file and of its index', async (t) => {
  const { mugs, bring } = await taught(t);
  const pieces: Uint8Array[] = [];
  const last = mugs.things[1]?.samples[1]?.id ?? '';
  for await (const piece of collectionZip(mugs)) {
    if (pieces.length === 0) await removeWithUndo(mugs, last);
    pieces.push(piece);
  }
  const back = await bring(Buffer.concat(pieces), { id: 'rest' });
  assert.deepEqual(
    back.things.map(({ samples }) => samples.length),
    [3, 1, 1],
  );
});

test('a collection whose samples are embedded again while it leaves does not leave with vectors of two models', async (t) => {
  const { mugs } = await taught(t);
  const pieces: Uint8Array[] = [];
  await assert.rejects(async () => {
    for await (const piece of collectionZip(mugs)) {
      if (pieces.length === 0)
        await mugs.change((things) =>
          things.map((thing) => ({
            ...thing,
            samples: thing.samples.map((sample) => ({ ...sample, version: 'another' })),
          })),
        );
      pieces.push(piece);
    }
  }, hasCode('stale'));
});

async function removeWithUndo(
  mugs: Awaited<ReturnType<typeof taught>>['mugs'],
  sample: string,
): Promise<void> {
  await mugs.change((things) =>
    things.map((thing) => ({ ...thing, samples: thing.samples.filter(({ id }) => id !== sample) })),
  );
}

test('what is broken is refused with its reason, and nothing of it stays', async (t) => {
  const { mugs, store, bring, leftovers, modelsDir } = await taught(t);
  const files = Object.entries(unzipSync(await buffer(collectionZip(mugs))));
  const index = JSON.parse(Buffer.from(new Map(files).get('collection.json') ?? []).toString());
  const ids: string[] = index.things.flatMap(({ samples }: { samples: { id: string }[] }) =>
    samples.map(({ id }) => id),
  );
  const [first = '', , , , , last = ''] = ids;
  const changed = (changes: Readonly<Record<string, Uint8Array | string | undefined>>) =>
    makeZip(
      Object.entries({ ...Object.fromEntries(files), ...changes }).flatMap(([name, content]) =>
        content === undefined ? [] : [{ name, content }],
      ),
    );
  const halves = Uint16Array.from({ length: EMBEDDING_SIZE }, () => 0x7e00);
  const other = (change: object) => ({ 'collection.json': JSON.stringify({ ...index, ...change }) });
  const sampleWith = (change: string) => ({
    'collection.json': JSON.stringify(index).replace(/"takenAtMs":\d+,"box":[^\]]+\]/, change),
  });
  const cases: [string, Uint8Array, RegExp, string?][] = [
    // What JSON reads as infinite, it writes as null.
    ['a time without end', changed(sampleWith(`"takenAtMs":1e999,"box":[0,0,1,1]`)), /collection\.json/],
    ['a box without end', changed(sampleWith(`"takenAtMs":1,"box":[0,0,1e999,1]`)), /collection\.json/],
    ['a box elsewhere', changed(sampleWith(`"takenAtMs":1,"box":[2,0,1,1]`)), /collection\.json/],
    ['no zip', Buffer.from('not a zip at all'), /cannot be read/],
    ['half of one', changed({}).subarray(0, 900), /cannot be read/],
    ['an empty zip', makeZip([{ name: 'a.txt', content: 'a' }]), /no collection\.json/],
    ['another format', changed(other({ format: 'x' })), /collection\.json/],
    [
      'a path for a sample',
      changed(
        other({
          things: [{ ...index.things[0], samples: [{ id: '../../x', takenAtMs: 1, box: BOX, version: '' }] }],
        }),
      ),
      /collection\.json/,
    ],
    ['a picture that is missing', changed({ [`samples/${last}.jpg`]: undefined }), /\.jpg.*missing/],
    ['a picture that is none', changed({ [`samples/${last}.jpg`]: 'GIF89a' }), /no JPEG picture/],
    ['embeddings cut short', changed({ [`samples/${first}.f16`]: new Uint8Array(100) }), /\.f16/],
    ['a number that is none', changed({ [`samples/${last}.f16`]: new Uint8Array(halves.buffer) }), /\.f16/],
    ['a link', makeZip([{ name: 'collection.json', content: '/etc/passwd', mode: 0o120777 }]), /link/],
    ['a path that leads out', makeZip([{ name: '../collection.json', content: '{}' }]), /./],
    ['more than is taken', changed({}), /limit/, 'model_too_large'],
  ];
  for (const [what, zip, why, code = 'bad_request'] of cases) {
    const limit = code === 'model_too_large' ? 5_000 : MAX_BYTES;
    await assert.rejects(bring(zip, { id: 'new' }, limit), (error) => {
      assert.ok(error instanceof CodedError, `${what}: ${error}`);
      assert.equal(error.code, code, what);
      assert.match(error.message, why, what);
      return true;
    });
    assert.deepEqual(await leftovers(), [], what);
    assert.deepEqual(await readdir(thingsDirIn(modelsDir)), ['mugs'], what);
  }
  assert.deepEqual(
    store.list().map(({ id }) => id),
    ['mugs'],
  );
});

const hasCode = (code: string) => (error: unknown) => error instanceof CodedError && error.code === code;
