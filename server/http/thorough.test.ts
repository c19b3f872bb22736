import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import test from 'node:test';
import sharp from 'sharp';
import type { Prediction } from '../../protocol/messages.ts';
import { iou } from '../../vision/geometry.ts';
import { photo } from '../testing/media.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const [WIDTH, HEIGHT] = [1_800, 1_200];
/** Too small for one look at the whole: 33 of the model's 300 pixels. */
const PHOTOS = [
  { name: 'cat.png', label: 'cat', left: 150, top: 200 },
  { name: 'cat.png', label: 'cat', left: 1_350, top: 850 },
  { name: 'astronaut.png', label: 'person', left: 1_100, top: 150 },
  { name: 'astronaut.png', label: 'person', left: 420, top: 900 },
] as const;
const SIDE = 200;

/** A wall with small photos far from each other. */
async function wall(): Promise<Uint8Array<ArrayBuffer>> {
  const photos = PHOTOS.map(async ({ name, left, top }) => ({
    input: await sharp(await photo(name))
      .flatten()
      .resize(SIDE, SIDE, { fit: 'cover' })
      .toBuffer(),
    left,
    top,
  }));
  const background = { r: 60, g: 90, b: 60 };
  return new Uint8Array(
    await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background } })
      .composite(await Promise.all(photos))
      .jpeg({ quality: 90 })
      .toBuffer(),
  );
}

/** The number of photos with a label of theirs. */
const found = ({ labels }: Prediction) =>
  PHOTOS.filter(({ label, left, top }) => {
    const box = [left / WIDTH, top / HEIGHT, SIDE / WIDTH, SIDE / HEIGHT] as const;
    return labels.some((one) => one.label === label && one.box && iou(one.box, box) > 0.4);
  }).length;

test('P21: thorough=1 finds what is too small for one look, each thing once, and no stream waits for it', async (t) => {
  const server = await testServer(t, { limits: { maxAgeMs: 60_000 } });
  const body = await wall();
  const predict = async (options: string): Promise<Prediction> =>
    (await fetch(`${server.url}/v1/predict${options}`, { method: 'POST', body })).json();
  const once = await predict('');
  assert.ok(found(once) < PHOTOS.length, `${found(once)} in one look`);
  assert.equal(once.views, undefined);
  const client = await helloStream(server.url);
  let isDone = false;
  const pending = predict('?thorough=1').finally(() => {
    isDone = true;
  });
  let answered = 0;
  const cat = await sharp(await photo('cat.png'))
    .resize(300, 300)
    .flatten()
    .jpeg()
    .toBuffer();
  while (!isDone) if ((await client.recognize(cat, 'jpeg')).type === 'labels') answered += 1;
  const thorough = await pending;
  assert.deepEqual(thorough.views, { seen: 12, planned: 12 });
  assert.equal(found(thorough), PHOTOS.length, JSON.stringify(thorough.labels));
  assert.equal(thorough.labels.length, PHOTOS.length, JSON.stringify(thorough.labels));
  assert.ok(answered >= 4, `${answered} frames of a session in the time of twelve looks`);
  await client.close();
});

test('P22: thorough is refused where a model sees pictures as a whole, and anything but 1 and 0', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  const server = await testServer(t, { modelsDir, workers: { count: 1 } });
  const body = await photo('cat.png');
  const refused = async (query: string) => {
    const answer = await fetch(`${server.url}/v1/predict?${query}`, { method: 'POST', body });
    assert.equal(answer.status, 400);
    const { error } = await answer.json();
    assert.equal(error.code, 'bad_request');
    return error.message;
  };
  assert.match(await refused('model=colours&thorough=1'), /"colours"/);
  assert.match(await refused('model=codes&thorough=1'), /codes/);
  assert.match(await refused('thorough=yes'), /thorough must be 1 or 0/);
  const plain = await fetch(`${server.url}/v1/predict?model=colours&thorough=0`, { method: 'POST', body });
  assert.equal(plain.status, 200);
});

test('what can be refused without the picture is refused before it comes', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  const server = await testServer(t, { modelsDir, workers: { count: 1 } });
  for (const [query, status] of [
    ['model=none', 404],
    ['model=colours&thorough=1', 400],
    ['model=codes&thorough=1', 400],
  ] as const) {
    const sending = request(`${server.url}/v1/predict?${query}`, {
      method: 'POST',
      headers: { 'Content-Length': 1_000 },
      signal: AbortSignal.timeout(10_000),
    });
    sending.on('error', () => {});
    sending.flushHeaders();
    const [answer] = await once(sending, 'response');
    assert.equal(answer.statusCode, status, query);
    sending.destroy();
  }
});
