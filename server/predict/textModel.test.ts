import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import sharp from 'sharp';
import * as v from 'valibot';
import { drawTextGolden } from '../../models/build/textGoldens.ts';
import { Prediction } from '../../protocol/messages.ts';
import { frameOf } from '../testing/media.ts';
import { helloStream, openStream } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

const LINES = [
  { text: 'Platform 3', x: 300, y: 60, size: 40 },
  { text: 'All trains stop here', x: 300, y: 140, size: 30 },
  { text: '7', x: 300, y: 240, size: 44 },
];

test('a posted picture is read: text, corners and score of each line, in reading order', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const response = await fetch(`${server.url}/v1/predict?model=text`, {
    method: 'POST',
    body: new Uint8Array(await drawTextGolden(LINES)),
  });
  const prediction = v.parse(Prediction, await response.json());
  assert.deepEqual(
    prediction.labels.map(({ label, text }) => [label, text]),
    LINES.map(({ text }) => [text, text]),
  );
  for (const { quad, box, score } of prediction.labels) {
    assert.ok(quad && box);
    assert.ok(score >= 0.5 && score <= 1);
    // Clockwise from the top left.
    assert.ok(quad[0][0] < quad[1][0] && quad[1][1] < quad[2][1] && quad[3][0] < quad[2][0]);
    assert.ok(Math.abs(quad[0][0] - box[0]) < 0.02 && Math.abs(quad[0][1] - box[1]) < 0.02);
  }
});

test('workers hold the model from its first use on', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const state = async () => {
    const { models } = (await (await fetch(`${server.url}/v1/models`)).json()) as {
      models: { id: string; state: string }[];
    };
    return models.find(({ id }) => id === 'text')?.state;
  };
  assert.equal(await state(), 'unloaded');
  const body = new Uint8Array(await drawTextGolden(LINES));
  assert.equal((await fetch(`${server.url}/v1/predict?model=text`, { method: 'POST', body })).status, 200);
  assert.equal(await state(), 'live');
});

test('S1, C4: a session that has text in addition to objects begins before text is loaded', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const stream = await helloStream(server.url, { also: ['text'] });
  t.after(() => stream.close());
  const { model, also } = stream.welcome;
  assert.deepEqual([model.id, ...also.map(({ id }) => id)], ['coco-ssd', 'text']);
  const image = await drawTextGolden(LINES);
  const early = stream.sendFrame({ image, modelIndex: 1, format: 'png' });
  const things = await stream.recognize(await frameOf('cup.png'));
  assert.ok(things.type === 'labels' && things.model.startsWith('coco-ssd@'));
  const read = stream.next('labels');
  const answer = await Promise.race([stream.next('dropped'), read]);
  assert.ok(answer.type === 'dropped', 'text was loaded before');
  assert.deepEqual([answer.seq, answer.reason], [early, 'stale']);

  let isRead = false;
  void read.finally(() => {
    isRead = true;
  });
  while (!isRead) {
    stream.sendFrame({ image, modelIndex: 1, format: 'png' });
    await Promise.race([read, stream.next('dropped')]);
  }
  assert.match((await read).model, /^text@/);
});

test('a picture on its head is read, and its corners begin at the top left of the text', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const upright = await readFile('models/text/goldens/sign.png');
  const turned = await sharp(upright).rotate(180).png().toBuffer();
  const response = await fetch(`${server.url}/v1/predict?model=text`, {
    method: 'POST',
    body: new Uint8Array(turned),
  });
  const { labels } = v.parse(Prediction, await response.json());
  assert.deepEqual(
    labels.map(({ text }) => text).filter((text) => text !== '69'),
    ['Station Road 12', 'Open daily from 9 to 17', 'Total 31.87 EUR', 'Bicycle parking'],
  );
  const [first] = labels;
  assert.ok(first?.quad && first.quad[0][0] > first.quad[1][0], 'the text runs from right to left');
});

test('a stream gives lines as labels that keep their ids while the picture moves', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const stream = await openStream(server.url);
  t.after(() => stream.close());
  stream.send({ type: 'hello', model: 'text' });
  const { model } = await stream.next('welcome');
  assert.deepEqual(model.labels, [], 'characters are no names');
  const frame = async (shift: number) =>
    sharp(await drawTextGolden(LINES.map((line) => ({ ...line, x: line.x + shift }))))
      .jpeg({ quality: 80 })
      .toBuffer();
  // A busy machine reads some of the lines in the next frame.
  let first = await stream.recognize(await frame(0));
  for (
    let again = 0;
    again < 20 && !(first.type === 'labels' && first.labels.length === LINES.length);
    again++
  ) {
    first = await stream.recognize(await frame(0));
  }
  const second = await stream.recognize(await frame(6));
  assert.ok(first.type === 'labels' && second.type === 'labels');
  assert.deepEqual(first.labels.map(({ text }) => text).sort(), LINES.map(({ text }) => text).sort());
  assert.deepEqual(
    second.labels.map(({ id, text }) => [id, text]),
    first.labels.map(({ id, text }) => [id, text]),
  );
  assert.ok(second.labels.every(({ quad }) => quad !== undefined));
});
