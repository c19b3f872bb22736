import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { frameOf } from '../testing/media.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { helloStream, type StreamClient } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const plain = (background: string, width = 32, height = 32): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
const red = await plain('red');
const blue = await plain('blue');

const isPng = (image: Uint8Array) => image[0] === 0x89;

/** Of a camera of 30 pictures a second, however long the answers take. */
let capturedAtMs = 0;

/** Sends a frame to one of the session's models and gives its answer. */
async function ask(stream: StreamClient, modelIndex: number, image: Uint8Array) {
  capturedAtMs += 33;
  const seq = stream.sendFrame({
    image,
    modelIndex,
    capturedAtMs,
    format: isPng(image) ? 'png' : 'jpeg',
  });
  const labels = await stream.next('labels');
  assert.equal(labels.seq, seq);
  return labels;
}

test('models that name whole pictures, secondary models, embeddings', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  await addColourModel(modelsDir, 'image-embedding');
  const server = await testServer(t, { modelsDir });

  await t.test('S9: names have no box, keep their ids, and one odd frame changes nothing', async () => {
    const stream = await helloStream(server.url, { model: 'colours' });
    assert.equal(stream.welcome.model.task, 'image-classification');
    const { labels } = await ask(stream, 0, red);
    assert.deepEqual(labels, [{ id: 1, label: 'red', score: 1 }]);
    const odd = await ask(stream, 0, blue);
    assert.deepEqual(
      odd.labels.map(({ label }) => label),
      ['red'],
    );
    let names = odd.labels;
    while (names[0]?.label !== 'blue') names = (await ask(stream, 0, blue)).labels;
    assert.ok((names[0]?.id ?? 0) > 1);
    await stream.close();
  });

  await t.test('S7: each secondary model has frames of its own and answers to them alone', async () => {
    const stream = await helloStream(server.url, { also: ['colours'] });
    assert.deepEqual(
      stream.welcome.also.map(({ id }) => id),
      ['colours'],
    );
    const cup = await ask(stream, 0, await frameOf('cup.png'));
    const colours = await ask(stream, 1, red);
    assert.match(cup.model, /^coco-ssd@/);
    assert.match(colours.model, /^colours@/);
    const ids = [...cup.labels, ...colours.labels].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      colours.labels.map(({ label }) => label),
      ['red'],
    );

    const unanswered = stream.sendFrame({ image: red, modelIndex: 2 });
    const { seq, reason } = await stream.next('dropped');
    assert.deepEqual([seq, reason], [unanswered, 'superseded']);

    stream.send({ type: 'configure', also: ['no-such-model'] });
    assert.equal((await stream.next('error')).code, 'unknown_model');
    stream.send({ type: 'configure', also: [] });
    assert.deepEqual((await stream.next('model')).also, []);
    stream.sendFrame({ image: red, modelIndex: 1 });
    assert.equal((await stream.next('dropped')).reason, 'superseded');
    await stream.close();
  });

  await t.test('/v1/predict fits the picture as the manifest says', async () => {
    // Wide, with red in the middle and blue where a square crop does not reach.
    const wide = await sharp(await plain('blue', 96, 32))
      .composite([{ input: await plain('red') }])
      .png()
      .toBuffer();
    const response = await fetch(`${server.url}/v1/predict?model=colours`, {
      method: 'POST',
      body: new Uint8Array(wide),
    });
    const { model, labels } = await response.json();
    assert.match(model, /^colours@/);
    assert.equal(labels.length, 1);
    assert.equal(labels[0].label, 'red');
    assert.equal(labels[0].box, undefined);
  });

  await t.test('S9: an embedding is answered over HTTP, and no labels over the stream', async () => {
    const response = await fetch(`${server.url}/v1/predict?model=colour-means`, {
      method: 'POST',
      body: new Uint8Array(await plain('#204080', 50, 40)),
    });
    const { embedding, labels } = await response.json();
    assert.deepEqual(labels, []);
    assert.deepEqual(embedding.map(Math.round), [0x20, 0x40, 0x80]);
    const stream = await helloStream(server.url, { model: 'colour-means' });
    assert.deepEqual((await ask(stream, 0, red)).labels, []);
    await stream.close();
  });
});

test('models that were not used for long make room for the one that is asked for', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  // Less than both take.
  const models = { maxMemoryBytes: 1, maxSlowdown: 1_000 };
  const server = await testServer(t, { modelsDir, models });
  const ready = async () => (await (await fetch(`${server.url}/readyz`)).json()).models;
  assert.equal((await ready()).length, 2);
  const asked = await fetch(`${server.url}/v1/predict?model=colours`, {
    method: 'POST',
    body: new Uint8Array(red),
  });
  assert.equal((await asked.json()).labels[0]?.label, 'red');
  // One that was used a moment ago is not thrown out for the next.
  const refused = await fetch(`${server.url}/v1/predict?model=coco-ssd`, {
    method: 'POST',
    body: new Uint8Array(red),
  });
  assert.equal(refused.status, 503);
  assert.match((await refused.json()).error.message, /"colours" is in use/);
});
