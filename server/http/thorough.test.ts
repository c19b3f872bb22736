import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import test from 'node:test';
import sharp from 'sharp';
import type { Prediction } from '../../protocol/messages.ts';
import { photo } from '../testing/media.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { foundOnWall, photoWall, WALL_PHOTOS } from '../testing/photoWall.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

test('P21: thorough=1 finds what is too small for one look, each thing once, and no stream waits for it', async (t) => {
  const server = await testServer(t, { limits: { maxAgeMs: 60_000 } });
  const body = await photoWall();
  const predict = async (options: string): Promise<Prediction> =>
    (await fetch(`${server.url}/v1/predict${options}`, { method: 'POST', body })).json();
  const once = await predict('');
  assert.ok(foundOnWall(once.labels) < WALL_PHOTOS.length, `${foundOnWall(once.labels)} in one look`);
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
  assert.equal(foundOnWall(thorough.labels), WALL_PHOTOS.length, JSON.stringify(thorough.labels));
  assert.equal(thorough.labels.length, WALL_PHOTOS.length, JSON.stringify(thorough.labels));
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
      signal: AbortSignal.timeout(60_000),
    });
    sending.on('error', () => {});
    sending.flushHeaders();
    const [answer] = await once(sending, 'response');
    assert.equal(answer.statusCode, status, query);
    sending.destroy();
  }
});
