import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { ERRORS } from '../../protocol/errors.ts';
import { decodeCost, fitsWorker } from '../inference/decodeCost/decodeCost.ts';
import { MAX_FRAME_DECODE_MS } from '../inference/decodeCost/limits.ts';
import { frameOf, photo } from '../testing/media.ts';
import { helloStream, openStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const flat = (side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: 'grey' } });

/** Just above what a frame may cost by its headers; it takes a decoder a twentieth of a second. */
const costly = () => flat(2048).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer();

test('F7: a frame that costs too much is dropped undecoded, the second closes the socket, and its address waits', async (t) => {
  const server = await testServer(t, { trustProxy: { kind: 'count', count: 1, line: 'all' } });
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  const neighbour = await helloStream(server.url);
  const [cat, picture] = [await frameOf('cat.png'), await costly()];
  const workers = server.workerPids.toSorted();

  const client = await openStream(server.url, from('192.0.2.1'));
  client.send({ type: 'hello' });
  await client.next('welcome');
  const first = await client.recognize(picture);
  assert.equal(first.type === 'dropped' && first.reason, 'too_costly');
  assert.equal((await client.recognize(cat)).type, 'labels', 'one may be a mistake');
  const second = await client.recognize(picture);
  assert.equal(second.type === 'dropped' && second.reason, 'too_costly');
  const error = await client.next('error');
  assert.deepEqual([error.code, error.fatal], ['frame_too_costly', true]);
  assert.match(error.message, /JPEG, progressive, 10 scans, 4\.2 megapixels/);
  assert.equal((await client.closed).code, ERRORS.frame_too_costly.close);

  const again = await openStream(server.url, from('192.0.2.1'));
  const goaway = await again.next('goaway');
  assert.equal(goaway.reason, 'rate_limited');
  assert.ok(goaway.reconnectAfterMs > 0);
  assert.equal((await again.closed).code, ERRORS.rate_limited.close);
  const refused = await fetch(`${server.url}/v1/predict`, {
    method: 'POST',
    body: new Uint8Array(cat),
    ...from('192.0.2.1'),
  });
  assert.equal(refused.status, ERRORS.rate_limited.http);

  const other = await openStream(server.url, from('192.0.2.2'));
  other.send({ type: 'hello' });
  await other.next('welcome');
  assert.equal((await other.recognize(cat)).type, 'labels');
  assert.equal((await neighbour.recognize(cat)).type, 'labels');
  assert.deepEqual(server.workerPids.toSorted(), workers, 'no worker was lost');
  await Promise.all([other.close(), neighbour.close()]);
});

test('F7: it is the same for pictures of the secondary models', async (t) => {
  const server = await testServer(t);
  const client = await helloStream(server.url, { also: ['coco-ssd'] });
  const seq = client.sendFrame({ image: await costly(), modelIndex: 1 });
  const answer = await client.next('dropped');
  assert.deepEqual([answer.seq, answer.reason], [seq, 'too_costly']);
  await client.close();
});

test('a picture between what a worker and what a frame may take is decoded elsewhere, and gets its labels', async (t) => {
  const server = await testServer(t);
  const client = await helloStream(server.url);
  const image = await sharp(await photo('cat.png'))
    .resize(2048, 2048, { fit: 'fill' })
    .flatten()
    .jpeg({ progressive: true, quality: 40 })
    .toBuffer();
  const cost = decodeCost(image, 'jpeg');
  assert.ok(!fitsWorker(cost) && cost.ms < MAX_FRAME_DECODE_MS, `${cost.ms} ms`);
  const answer = await client.recognize(image);
  assert.ok(answer.type === 'labels', JSON.stringify(answer));
  // What is seen in the first frame of a session is shown immediately.
  assert.deepEqual(
    answer.labels.map(({ label }) => label),
    ['cat'],
  );
  assert.ok(answer.timing.decodeMs > 0);
  await client.close();
});

test('/v1/predict takes a progressive picture of a camera, and refuses what costs too much with a code', async (t) => {
  const server = await testServer(t);
  const predict = (image: Uint8Array) =>
    fetch(`${server.url}/v1/predict`, { method: 'POST', body: new Uint8Array(image) });
  const large = await sharp(await photo('cat.png'))
    .resize(6000, 4000, { fit: 'fill' })
    .flatten()
    .jpeg({ progressive: true, quality: 60 })
    .toBuffer();
  const taken = await predict(large);
  assert.equal(taken.status, 200);
  const { labels } = (await taken.json()) as { labels: { label: string }[] };
  assert.equal(labels[0]?.label, 'cat');

  // Its header names a text that could unpack to gigabytes; no one unpacks it.
  const png = await flat(64).png().toBuffer();
  const chunk = Buffer.alloc(12 + (3 << 20));
  chunk.writeUInt32BE(3 << 20, 0);
  chunk.write('zTXt', 4, 'latin1');
  const behindHeader = 8 + 25;
  const refused = await predict(
    Buffer.concat([png.subarray(0, behindHeader), chunk, png.subarray(behindHeader)]),
  );
  assert.equal(refused.status, ERRORS.frame_too_costly.http);
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, 'frame_too_costly');
  assert.match(error.message, /3072 KiB of compressed text/);
  const waits = await predict(large);
  assert.equal(waits.status, ERRORS.rate_limited.http);
  // The first wait of an address is two seconds.
  assert.equal(waits.headers.get('Retry-After'), '2');
});
