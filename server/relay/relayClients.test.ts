import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { WebSocket } from 'ws';
import { CameraRelay } from '../../client/relay/cameraRelay.ts';
import type { RelayState } from '../../client/relay/relayLink.ts';
import { ScreenRelay, type ShownPicture } from '../../client/relay/screenRelay.ts';
import type { Transport } from '../../client/stream/transport.ts';
import { MAX_RELAYED_BYTES, type SharedCamera } from '../../protocol/relay.ts';
import { frameOf } from '../testing/media.ts';
import { testServer } from '../testing/testServer.ts';

/** Waits for the first value that fits, of those that come after the call. */
class Seen<T> {
  readonly values: T[] = [];
  readonly #waiting = new Set<(value: T) => void>();

  readonly add = (value: T): void => {
    this.values.push(value);
    for (const each of this.#waiting) each(value);
  };

  next(fits: (value: T) => boolean = () => true): Promise<T> {
    return new Promise((resolve) => {
      const each = (value: T) => {
        if (!fits(value)) return;
        this.#waiting.delete(each);
        resolve(value);
      };
      this.#waiting.add(each);
    });
  }
}

function sockets() {
  const open: WebSocket[] = [];
  const transport: Transport = (url, subprotocol) => {
    const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false });
    open.push(socket);
    return socket;
  };
  return { open, transport };
}

const MINUTE_MS = 60_000;
/** A clock that is an hour ahead of the server's, and starts elsewhere. */
const otherNowMs = () => performance.now() + 60 * MINUTE_MS;

test('a screen gets pictures of a camera by its own clock, and no camera is asked for what no screen shows', async (t) => {
  // However long this process waits for a core, no picture is too old.
  const server = await testServer(t, { limits: { maxAgeMs: MINUTE_MS } });
  const image = await frameOf('cat.png', { width: 320, height: 240 });
  const takes = new Seen<void>();
  const identities = new Seen<{ camera: number; name?: string | undefined }>();
  const camera = new CameraRelay({
    url: server.url,
    transport: sockets().transport,
    identity: { name: 'Door' },
    onTake: takes.add,
    onIdentity: identities.add,
    onScreens() {},
    onState() {},
  });
  const cameras = new Seen<readonly SharedCamera[]>();
  const pictures = new Seen<ShownPicture>();
  const screen = new ScreenRelay({
    url: server.url,
    transport: sockets().transport,
    nowMs: otherNowMs,
    onCameras: cameras.add,
    onPicture: pictures.add,
    onState() {},
  });
  t.after(() => {
    camera.close();
    screen.close();
  });
  const isShared = cameras.next(([one]) => one?.name === 'Door');
  camera.start();
  screen.start();
  const [{ camera: number } = { camera: 0 }] = await isShared;
  assert.equal(camera.wanted, 0);
  assert.equal(
    camera.send({ image, format: 'jpeg', labels: [], capturedAtMs: performance.now() }),
    undefined,
  );

  const first = takes.next();
  screen.show(new Map([[number, 480]]));
  await first;
  assert.equal(camera.maxSidePx, 480);
  for (let i = 0; i < 5; i++) {
    const [taken, shown] = [takes.next(), pictures.next()];
    const capturedAtMs = performance.now();
    // The clocks have been compared by the time that pictures are asked for, or will be in a moment.
    while (!camera.send({ image, format: 'jpeg', labels: [], capturedAtMs })) await takes.next();
    const picture = await shown;
    // As exact as half of both round trips, which on a busy machine are not short.
    const errorMs = Math.abs(picture.capturedAtMs - 60 * MINUTE_MS - capturedAtMs);
    assert.ok(errorMs < 5_000, `${errorMs} ms`);
    assert.equal(picture.maxAgeMs, MINUTE_MS);
    await taken;
  }
  const old = pictures.values.length;
  const tooLarge = new Uint8Array(MAX_RELAYED_BYTES * 2);
  const share = camera.send({ image: tooLarge, format: 'jpeg', labels: [], capturedAtMs: performance.now() });
  assert.ok(share !== undefined && share > 2 && share < 2.01, String(share));
  camera.send({ image, format: 'jpeg', labels: [], capturedAtMs: performance.now() - 2 * MINUTE_MS });
  const next = pictures.next();
  camera.send({ image, format: 'jpeg', labels: [], capturedAtMs: performance.now() });
  await next;
  assert.equal(pictures.values.length, old + 1, 'one that is too old is not shown');
});

test('both come back after a loss, the camera as the same one', async (t) => {
  const server = await testServer(t);
  const ofCamera = sockets();
  const states = new Seen<RelayState>();
  const identities = new Seen<{ camera: number; key?: string | undefined; name?: string | undefined }>();
  const camera = new CameraRelay({
    url: server.url,
    transport: ofCamera.transport,
    identity: {},
    onTake() {},
    onIdentity: identities.add,
    onScreens() {},
    onState: states.add,
  });
  t.after(() => camera.close());
  const first = identities.next();
  camera.start();
  const before = await first;
  const renamed = identities.next(({ name }) => name === 'Front row');
  camera.rename('Front row');
  await renamed;
  const again = identities.next();
  ofCamera.open[0]?.terminate();
  assert.deepEqual(await again, { ...before, name: 'Front row' });
  assert.deepEqual(
    states.values.map(({ kind }) => kind),
    ['connecting', 'open', 'waiting', 'connecting', 'open'],
  );
  const last = ofCamera.open[1];
  assert.ok(last);
  const closed = once(last, 'close');
  camera.stop();
  await closed;
  assert.equal(camera.wanted, 0);
});

test('a refusal that would be the same again is not tried again', async (t) => {
  const server = await testServer(t, { token: 'a token of ours' });
  const states = new Seen<RelayState>();
  const { open, transport } = sockets();
  const screen = new ScreenRelay({
    url: server.url,
    transport,
    token: 'another',
    onCameras() {},
    onPicture() {},
    onState: states.add,
  });
  t.after(() => screen.close());
  const refused = states.next(({ kind }) => kind === 'refused');
  screen.start();
  assert.deepEqual(await refused, {
    kind: 'refused',
    code: 'unauthorized',
    message:
      'This server asks for a token, and this one is not right: "Authorization: Bearer TOKEN", or "token" of the first message of a socket.',
  });
  assert.equal(open.length, 1);
});

test('a token that comes while the hello without it is being refused is tried', async (t) => {
  const server = await testServer(t, { token: 'a token of ours' });
  const states = new Seen<RelayState>();
  const ofScreen = sockets();
  let token: string | undefined;
  const screen = new ScreenRelay({
    url: server.url,
    transport: (url, subprotocol) => {
      const socket = ofScreen.transport(url, subprotocol);
      // As a person gives it: while the link is neither open nor refused, trying at once again does nothing.
      ofScreen.open.at(-1)?.once('message', () => {
        token = 'a token of ours';
        screen.start();
        screen.retryNow();
      });
      return socket;
    },
    token: () => token,
    onCameras() {},
    onPicture() {},
    onState: states.add,
  });
  t.after(() => screen.close());
  const ended = states.next(({ kind }) => kind === 'open' || kind === 'refused');
  screen.start();
  await ended;
  assert.deepEqual(
    states.values.map(({ kind }) => kind),
    ['connecting', 'waiting', 'connecting', 'open'],
  );
});
