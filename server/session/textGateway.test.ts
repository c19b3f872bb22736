import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { createStream, type FrameLabels, type Stream } from '../../client/index.ts';
import { WELCOME } from '../../client/stream/welcomeFixture.ts';
import { frameOf } from '../testing/media.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { startTextGateway } from '../testing/textGateway.ts';

const transport = (url: string, subprotocol: string) => new WebSocket(url, subprotocol);

/** Sends a frame as soon as it may, and again after each that was lost, until labels come. */
function labelsOf(stream: Stream, image: Uint8Array): Promise<FrameLabels> {
  return new Promise((resolve) => {
    const off = [
      stream.onLabels((labels) => {
        for (const dispose of off) dispose();
        resolve(labels);
      }),
      stream.onDropped(() => stream.send({ image })),
      stream.onState(({ kind }) => kind === 'open' && stream.send({ image })),
    ];
    stream.send({ image });
  });
}

test('T2: behind a gateway that takes text only, a client resumes its session and sends text from there on', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const gateway = await startTextGateway(t, () => server.port);
  const cat = await frameOf('cat.png');
  const stream = createStream({ url: gateway.url, transport });
  t.after(() => stream.close());
  stream.start();
  const first = await stream.whenOpen();
  assert.equal(first.maxFrameBytes, 512 << 10);
  const { labels, session } = await labelsOf(stream, cat);
  assert.equal(labels[0]?.label, 'cat');
  assert.deepEqual(gateway.refusals, [1003]);
  const { state } = stream;
  assert.ok(state.kind === 'open');
  assert.deepEqual([state.welcome.resumed, state.welcome.session], [true, first.session]);
  assert.equal(session, first.session);

  // What the gateway would refuse is not sent.
  assert.equal(state.welcome.maxFrameBytes, 24 << 10);
  const largest = new Uint8Array(state.welcome.maxFrameBytes - 16);
  const dropped = new Promise((resolve) => stream.onDropped(resolve));
  stream.send({ image: largest, format: 'jpeg' });
  await dropped;
  assert.throws(() => stream.send({ image: new Uint8Array(largest.length + 1), format: 'jpeg' }), {
    code: 'frame_too_large',
  });

  // It remembers.
  stream.close();
  stream.start();
  await stream.whenOpen();
  assert.equal((await labelsOf(stream, cat)).labels[0]?.label, 'cat');
  assert.deepEqual(gateway.refusals, [1003]);
});

for (const [what, welcome, kinds] of [
  ['that does not say that it takes text gets none', WELCOME, ['binary', 'binary']],
  ['that refuses text as well gets it still', { ...WELCOME, textFrames: true }, ['binary', 'text', 'text']],
] as const) {
  test(`T2: a server ${what}`, async (t) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const frames: ('binary' | 'text')[] = [];
    const came = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        socket.once('message', () => {
          socket.send(JSON.stringify(welcome));
          socket.once('message', (_, isBinary) => {
            frames.push(isBinary ? 'binary' : 'text');
            socket.close(1003);
            if (frames.length === kinds.length) resolve();
          });
        });
      });
    });
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    const stream = createStream({ url: `http://127.0.0.1:${address.port}`, transport });
    t.after(() => {
      stream.close();
      server.close();
    });
    stream.onState((state) => {
      if (state.kind === 'open') stream.send({ image: Uint8Array.of(255, 216, 1) });
      if (state.kind === 'waiting') stream.retryNow();
    });
    stream.start();
    await came;
    assert.deepEqual(frames, kinds);
  });
}
