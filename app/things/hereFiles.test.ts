import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { SILENT_LOG } from '../../server/testing/silentLog.ts';
import { importCollection } from '../../server/things/export/importCollection.ts';
import { openThingsStore, thingsDirIn } from '../../server/things/thingsStore.ts';
import { embeddingOf } from '../../vision/testing/thingCalled.ts';
import { asKept } from '../../vision/things/viewBytes.ts';
import { standInBitmaps } from './bitmapsFixture.ts';
import { openExport } from './exportedZip.ts';
import type { HereCollection, HereSample } from './hereDatabase.ts';
import { exportHere, importHere } from './hereFiles.ts';
import { zipFiles } from './zipFiles.ts';

const JPEG = new Uint8Array(
  await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a33' } })
    .jpeg()
    .toBuffer(),
);
const SIGNAL = new AbortController().signal;

/** Two mugs and a pen, as a browser has them. */
function inBrowser() {
  const ids = ['0000000000000001', '0000000000000002', '0000000000000003'];
  const samples: HereSample[] = ids.map((id, at) => ({
    id,
    picture: new Blob([JPEG], { type: 'image/jpeg' }),
    views: [embeddingOf(at < 2 ? 'mug' : 'pen', at)],
  }));
  const stored = (id: string, takenAtMs: number) => ({
    id,
    takenAtMs,
    box: [0.1, 0.1, 0.8, 0.8] as [number, number, number, number],
    version: 'v1',
  });
  const [a = '', b = '', c = ''] = ids;
  const collection: HereCollection = {
    id: '@mugs',
    things: [
      { id: 'aaaaaaaaaaaaaaaa', name: 'Mug: blue', isNothing: false, samples: [stored(a, 1), stored(b, 2)] },
      { id: 'bbbbbbbbbbbbbbbb', name: 'nothing', isNothing: true, samples: [stored(c, 3)] },
    ],
  };
  return {
    find: async () => collection,
    samples: async (wanted: readonly string[]) =>
      wanted.flatMap((id) => samples.find((sample) => sample.id === id) ?? []),
  };
}

async function exported(as: 'collection' | 'pictures' = 'collection') {
  const progress: number[] = [];
  const file = await exportHere('@mugs', as, inBrowser(), (share) => progress.push(share), SIGNAL);
  return { file, progress };
}

test('a collection of a browser is taken by a server, whole', async (t) => {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(modelsDir, { recursive: true }));
  await mkdir(thingsDirIn(modelsDir), { recursive: true });
  const store = await openThingsStore(thingsDirIn(modelsDir), SILENT_LOG);
  const { file, progress } = await exported();
  assert.equal(file.name, 'mugs.zip');
  assert.deepEqual(
    progress.map((share) => Math.round(share * 3)),
    [1, 2, 3],
  );
  const body = Readable.from([Buffer.from(await file.arrayBuffer())]);
  const made = await importCollection(
    body,
    { visibility: 'everyone' },
    { store, modelsDir, maxBytes: 1e6 },
    SIGNAL,
  );
  assert.equal(made.id, 'mugs');
  assert.deepEqual(
    made.things.map(({ name, isNothing, samples }) => [name, isNothing, samples.length]),
    [
      ['Mug: blue', false, 2],
      ['nothing', true, 1],
    ],
  );
  const [mug] = made.things;
  assert.deepEqual(await made.views(mug?.samples[1]?.id ?? ''), asKept([embeddingOf('mug', 1)]));
  assert.deepEqual(await made.picture(mug?.samples[0]?.id ?? ''), JPEG);
});

test('pictures leave in a folder for each thing', async () => {
  const { file } = await exported('pictures');
  assert.equal(file.name, 'mugs-pictures.zip');
  assert.deepEqual([...(await zipFiles(file)).keys()].toSorted(), [
    'Mug_ blue/0001.jpg',
    'Mug_ blue/0002.jpg',
    'nothing/0001.jpg',
  ]);
});

test('a collection comes back into a browser, also packed again by another program', async (t) => {
  // Browsers decode; here it is enough that they were asked to.
  const decoded = standInBitmaps(t, 40, 30);
  const { file } = await exported();
  const contents: Record<string, Uint8Array> = {};
  for (const [name, entry] of await zipFiles(file))
    contents[name] = new Uint8Array(await (await entry.read()).arrayBuffer());
  const packed = new Blob([new Uint8Array(zipSync(contents, { level: 9 }))]);
  for (const [at, zip] of [file, packed].entries()) {
    let samples: readonly HereSample[] = [];
    const made = await importHere(
      zip,
      '@theirs',
      {
        async change(id, make, added = []) {
          samples = added;
          return make({ id, things: [] });
        },
      },
      () => {},
      SIGNAL,
    );
    assert.deepEqual(
      made.things.map(({ name, samples: all }) => [name, all.map(({ version }) => version)]),
      [
        ['Mug: blue', ['v1', 'v1']],
        ['nothing', ['v1']],
      ],
    );
    assert.deepEqual(samples[0]?.views, asKept([embeddingOf('mug', 0)]));
    assert.equal(await samples[0]?.picture.text(), await new Blob([JPEG]).text());
    assert.equal(decoded.length, 3 * (at + 1));
  }
});

test('a picture of a great many pixels, or one that is no JPEG, is refused before it is decoded', async (t) => {
  const decoded = standInBitmaps(t);
  const { file } = await exported();
  const contents: Record<string, Uint8Array> = {};
  for (const [name, entry] of await zipFiles(file))
    contents[name] = new Uint8Array(await (await entry.read()).arrayBuffer());
  const vast = sharp({ create: { width: 5_000, height: 4_000, channels: 3, background: '#a33' } });
  const nothing = { change: () => assert.fail('nothing is kept of it') };
  for (const [picture, why] of [
    [await vast.jpeg().toBuffer(), /5000 x 4000 pixels, and 16 million are the most/],
    [await vast.png().toBuffer(), /no JPEG picture/],
    [await vast.webp().toBuffer(), /no JPEG picture/],
  ] as const) {
    const broken = { ...contents, 'samples/0000000000000001.jpg': new Uint8Array(picture) };
    const zip = new Blob([new Uint8Array(zipSync(broken, { level: 0 }))]);
    await assert.rejects(
      importHere(zip, '@theirs', nothing, () => {}, SIGNAL),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'bad_request');
        assert.match(error.message, why);
        return true;
      },
    );
  }
  assert.equal(decoded.length, 0);
});

test('a file that is no such zip is refused, and says what is wrong', async () => {
  const { file } = await exported();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const refused = async (zip: Blob, pattern: RegExp) =>
    assert.rejects(
      (async () => {
        const opened = await openExport(zip);
        for (const { samples } of opened.index.things)
          for (const { id } of samples) await opened.file(`samples/${id}.f16`, 2_000);
      })(),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'bad_request');
        assert.match(error.message, pattern);
        return true;
      },
    );
  await refused(new Blob(['no zip']), /no collection that was exported/);
  await refused(new Blob([bytes.subarray(0, bytes.length - 100)]), /no collection that was exported/);
  await refused(new Blob([new Uint8Array(zipSync({ 'a.txt': bytes }))]), /no collection that was exported/);
  const index = (content: unknown, more = {}) =>
    new Blob([
      new Uint8Array(
        zipSync({ 'collection.json': new TextEncoder().encode(JSON.stringify(content)), ...more }),
      ),
    ]);
  await refused(index({ format: 'other' }), /collection\.json of the exported collection is broken/);
  const { index: good } = await openExport(file);
  await refused(index(good), /samples\/0+1\.f16 of the exported collection is broken: it is missing/);
  const large = new Uint8Array(3_000);
  await refused(index(good, { 'samples/0000000000000001.f16': large }), /more than 2000 bytes/);

  // A zip that says of a file that it is small, and has much more.
  const lying = new Uint8Array(bytes);
  const view = new DataView(lying.buffer);
  for (let at = 0; at < lying.length - 46; at++) {
    const name = new TextDecoder().decode(lying.subarray(at + 46, at + 46 + 15));
    if (view.getUint32(at, true) === 0x02014b50 && name === 'collection.json')
      view.setUint32(at + 24, 10, true);
  }
  await refused(new Blob([lying]), /collection\.json .*larger than the zip says/);
});
