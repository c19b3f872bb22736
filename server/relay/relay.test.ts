import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test, { after, before } from 'node:test';
import sharp from 'sharp';
import { ERRORS } from '../../protocol/errors.ts';
import type { RelayClientMessage, RelayedLabels } from '../../protocol/relay.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf } from '../testing/media.ts';
import { metric } from '../testing/metric.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { openRelay, openScreen, type RelayClient, shareCamera } from '../testing/relayClient.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
let image: Uint8Array;
before(async () => {
  server = await testServer({ after: (close) => void closers.push(close) });
  image = await frameOf('cat.png', { width: 640, height: 480 });
});
after(async () => {
  for (const close of closers) await close();
});

const LABELS: RelayedLabels = [
  { id: 7, label: 'cat', score: 0.97, box: [0.1, 0.2, 0.3, 0.4] },
  { id: 8, label: 'tabby', score: 0.5, text: 'a tabby' },
];

/** Answers each `take` with a picture until its socket closes. */
async function answerAlways(camera: RelayClient, picture = image): Promise<void> {
  for (;;) {
    const isOpen = await camera.next('take').then(
      () => true,
      () => false,
    );
    if (!isOpen) return;
    camera.sendPicture({ image: picture });
  }
}

test('W1, W4: a screen gets the picture that it waits for, to the byte, with its labels', async () => {
  const camera = await shareCamera(server.url, { name: ' Bench ' });
  assert.equal(camera.sharing.name, 'Bench');
  const screen = await openScreen(server.url);
  const number = camera.sharing.camera;
  assert.deepEqual(screen.watching.cameras, [{ camera: number, name: 'Bench', state: 'shared' }]);
  assert.equal((await camera.next('screens')).count, 1);

  screen.say({ type: 'want', pictures: [{ camera: number, maxSidePx: 640 }] });
  assert.equal((await camera.next('take')).maxSidePx, 640);
  const capturedAtMs = performance.timeOrigin + performance.now() - 20;
  camera.sendPicture({ image, labels: LABELS, capturedAtMs });
  const shown = await screen.nextPicture();
  assert.equal(shown.camera, number);
  assert.equal(shown.capturedAtMs, capturedAtMs);
  assert.deepEqual(shown.labels, LABELS);
  assert.deepEqual(Buffer.from(shown.image), Buffer.from(image));
  await Promise.all([camera.close(), screen.close()]);
});

test('G3: a camera that is connected for too long is asked to come back', async (t) => {
  const impatient = await testServer(t, { limits: { maxSessionMs: 500, goAwaySpreadMs: 0 }, ...ONE_WORKER });
  const camera = await shareCamera(impatient.url);
  assert.equal((await camera.next('goaway')).reason, 'session_limit');
  assert.equal(await camera.closed, ERRORS.restarting.close);
});

test('W4: no camera is ahead of time', async () => {
  const camera = await shareCamera(server.url);
  const screen = await openScreen(server.url);
  screen.say({ type: 'want', pictures: [{ camera: camera.sharing.camera, maxSidePx: 640 }] });
  await camera.next('take');
  camera.sendPicture({ image, capturedAtMs: performance.timeOrigin + performance.now() + 60_000 });
  const { capturedAtMs } = await screen.nextPicture();
  assert.ok(capturedAtMs <= performance.timeOrigin + performance.now() + 1);
  await Promise.all([camera.close(), screen.close()]);
});

test('W3: the size is that of the screen that shows it largest, and each screen gets one picture for each request', async () => {
  const camera = await shareCamera(server.url);
  const [small, large] = await Promise.all([openScreen(server.url), openScreen(server.url)]);
  const number = camera.sharing.camera;
  small.say({ type: 'want', pictures: [{ camera: number, maxSidePx: 320 }] });
  assert.equal((await camera.next('take')).maxSidePx, 320);
  large.say({
    type: 'want',
    pictures: [
      { camera: number, maxSidePx: 1280 },
      { camera: number, maxSidePx: 1280 },
    ],
  });
  assert.equal((await camera.next('take')).maxSidePx, 1280);
  camera.sendPicture({ image });
  camera.sendPicture({ image });
  await Promise.all([large.nextPicture(), large.nextPicture(), small.nextPicture()]);
  assert.equal(small.pictureCount, 1);
  await Promise.all([camera.close(), small.close(), large.close()]);
});

test('W2: a picture that no one waits for ends its camera, and no other', async () => {
  const neighbour = await helloStream(server.url);
  const camera = await shareCamera(server.url);
  camera.sendPicture({ image });
  assert.equal((await camera.next('error')).code, 'frame_without_credit');
  assert.equal(await camera.closed, ERRORS.frame_without_credit.close);
  assert.equal((await neighbour.recognize(await frameOf('cat.png'))).type, 'labels');
  await neighbour.close();
});

test('W5: nothing of a camera is relayed after stop, and screens know at once', async () => {
  const camera = await shareCamera(server.url);
  const screen = await openScreen(server.url);
  const number = camera.sharing.camera;
  screen.say({
    type: 'want',
    pictures: [
      { camera: number, maxSidePx: 640 },
      { camera: number, maxSidePx: 640 },
    ],
  });
  await camera.next('take');
  await camera.next('take');
  camera.say({ type: 'stop' });
  // Asked for, and too late.
  camera.sendPicture({ image });
  assert.equal((await screen.next('gone')).camera, number);
  assert.equal(await camera.closed, 1000);
  screen.say({ type: 'time', sentAtMs: 1 });
  await screen.next('time');
  assert.equal(screen.pictureCount, 0);
  await screen.close();
});

test('W6: a camera that comes back with its key keeps its number and its name, also while its dead socket is open', async () => {
  const first = await shareCamera(server.url, { name: 'Door' });
  const screen = await openScreen(server.url);
  const { camera: number, key } = first.sharing;
  first.socket.terminate();
  assert.deepEqual(await screen.next('camera'), {
    type: 'camera',
    camera: number,
    name: 'Door',
    state: 'lost',
  });
  const second = await shareCamera(server.url, { key });
  assert.deepEqual([second.sharing.camera, second.sharing.name], [number, 'Door']);
  assert.equal((await screen.next('camera')).state, 'shared');
  // What the screen waited for before is asked of the new connection.
  screen.say({ type: 'want', pictures: [{ camera: number, maxSidePx: 640 }] });
  await second.next('take');
  const third = await shareCamera(server.url, { key });
  assert.equal(await second.closed, ERRORS.conflict.close);
  await third.next('take');
  third.sendPicture({ image });
  await screen.nextPicture();
  third.say({ type: 'stop' });
  await screen.next('gone');
  // A key of a camera that was taken back is good for nothing.
  const other = await shareCamera(server.url, { key });
  assert.notEqual(other.sharing.key, key);
  await Promise.all([other.close(), screen.close()]);
});

test('W7: a screen gives a camera a name, and the camera and other screens learn it', async () => {
  const camera = await shareCamera(server.url);
  const [one, two] = await Promise.all([openScreen(server.url), openScreen(server.url)]);
  one.say({ type: 'rename', camera: camera.sharing.camera, name: 'Front row' });
  assert.equal((await camera.next('named')).name, 'Front row');
  assert.equal((await two.next('camera')).name, 'Front row');
  camera.say({ type: 'rename', camera: camera.sharing.camera + 1, name: 'Not mine' });
  assert.equal((await camera.next('error')).code, 'malformed_message');
  await Promise.all([one.close(), two.close()]);
});

test('W8: a screen that stops reading costs neither memory nor cameras; it goes on when it reads again', async () => {
  // Noise, of which a JPEG is large.
  const raw = { width: 480, height: 360, channels: 3 } as const;
  const noisy = await sharp(randomBytes(raw.width * raw.height * 3), { raw })
    .jpeg({ quality: 85 })
    .toBuffer();
  const camera = await shareCamera(server.url);
  const number = camera.sharing.camera;
  const wantOne: RelayClientMessage = { type: 'want', pictures: [{ camera: number, maxSidePx: 640 }] };
  const [slow, quick] = await Promise.all([openScreen(server.url), openScreen(server.url)]);
  const relayedBytes = () => metric(server.url, 'livelens_relayed_bytes_total');
  const bytesBefore = await relayedBytes();
  void answerAlways(camera, noisy);
  slow.socket.pause();
  // It asks for more than it reads. The kernel holds up to ten megabytes of what it was sent, so twice that is on offer.
  const PICTURES = 160;
  for (let i = 0; i < PICTURES; i++) {
    slow.say(wantOne);
    quick.say(wantOne);
    await quick.nextPicture();
  }
  assert.equal(quick.pictureCount, PICTURES);
  assert.ok(slow.socket.isPaused);
  const toSlow = (await relayedBytes()) - bytesBefore - PICTURES * noisy.byteLength;
  assert.ok(
    toSlow < (PICTURES / 2) * noisy.byteLength,
    `${toSlow} bytes were sent to a screen that does not read`,
  );
  slow.socket.resume();
  await slow.nextPicture();
  slow.say(wantOne);
  await slow.nextPicture();
  await Promise.all([camera.close(), slow.close(), quick.close()]);
});

test('W9: what is no picture, or takes too long to decode, ends its camera', async () => {
  const huge = Buffer.from(image);
  // The size in the header of a JPEG: 65,535 pixels a side.
  const sof = huge.indexOf(Buffer.from([0xff, 0xc0]));
  huge.fill(0xff, sof + 5, sof + 9);
  for (const [bytes, code] of [
    [Buffer.from('no picture at all'), 'undecodable'],
    [huge, 'frame_too_costly'],
  ] as const) {
    const own = await testServer({ after: (close) => void closers.push(close) });
    const camera = await shareCamera(own.url);
    const screen = await openScreen(own.url);
    screen.say({ type: 'want', pictures: [{ camera: camera.sharing.camera, maxSidePx: 640 }] });
    await camera.next('take');
    camera.sendPicture({ image: bytes });
    assert.equal((await camera.next('error')).code, code);
    assert.equal(screen.pictureCount, 0);
    await screen.close();
  }
});

test('W10: a screen needs the token of screens, a camera that of the server', async (t) => {
  const own = await testServer(t, { token: 'for cameras', screenToken: 'for screens' });
  for (const [hello, isRight] of [
    [{ type: 'watch' }, false],
    [{ type: 'watch', token: 'for cameras' }, false],
    [{ type: 'watch', token: 'for screens' }, true],
    [{ type: 'share', token: 'for screens' }, false],
    [{ type: 'share', token: 'for cameras' }, true],
  ] as const) {
    const client = await openRelay(own.url);
    client.say(hello);
    if (isRight) await client.next(hello.type === 'watch' ? 'watching' : 'sharing');
    else assert.equal((await client.next('error')).code, 'unauthorized', JSON.stringify(hello));
    await client.close();
  }
  // Without one of its own, a screen shows what a camera shows.
  const plain = await testServer(t, { token: 'for all' });
  const screen = await openRelay(plain.url);
  screen.say({ type: 'watch', token: 'for all' });
  await screen.next('watching');
  await screen.close();
});

test('W11: bad messages get an error with a code', async () => {
  for (const [text, code] of [
    ['nonsense', 'malformed_message'],
    ['{"type":"want","pictures":[]}', 'expected_hello'],
    ['{"type":"share","name":""}', 'malformed_message'],
    [`{"type":"share","name":"${'x'.repeat(41)}"}`, 'malformed_message'],
  ] as const) {
    const client = await openRelay(server.url);
    client.socket.send(text);
    assert.equal((await client.next('error')).code, code, text);
    await client.closed;
  }
  const screen = await openScreen(server.url);
  screen.sendPicture({ image });
  assert.equal((await screen.next('error')).code, 'malformed_message');
});

test('neither names nor labels get into the log', async (t) => {
  const { log, lines } = recordLog();
  const own = await testServer(t, {}, log);
  const camera = await shareCamera(own.url, { name: 'Secret name' });
  const screen = await openScreen(own.url);
  screen.say({ type: 'want', pictures: [{ camera: camera.sharing.camera, maxSidePx: 640 }] });
  await camera.next('take');
  camera.sendPicture({ image, labels: [{ id: 1, label: 'secret label', score: 1 }] });
  await screen.nextPicture();
  camera.say({ type: 'stop' });
  await screen.next('gone');
  await screen.close();
  assert.doesNotMatch(JSON.stringify(lines), /secret/i);
});
