import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket as ServerSocket, WebSocketServer, WebSocket as WsClient } from 'ws';
import { parseFrame } from '../../protocol/frame.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import type { ClientError } from '../clientError.ts';
import { openStream, type StreamOptions } from './openStream.ts';
import type { DroppedFrame, FrameLabels, Stream } from './stream.ts';
import { WELCOME } from './welcomeFixture.ts';

const JPEG = new Uint8Array([255, 216, 1, 2]);
const TIMING = { queueMs: 1, decodeMs: 2, inferMs: 3, serverMs: 8 };

/** A server that says welcome, or `greeting`, and answers each frame with `answerTo`. */
async function startPeer(t: TestContext) {
  const server = new WebSocketServer({ port: 0 });
  await once(server, 'listening');
  const peer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    formats: [] as string[],
    greeting: [WELCOME] as ServerMessage[],
    answerTo: (seq: number): ServerMessage => ({ type: 'dropped', seq, reason: 'stale' }),
  };
  const say = (socket: ServerSocket, message: ServerMessage) => socket.send(JSON.stringify(message));
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        for (const message of peer.greeting) say(socket, message);
        if (peer.greeting[0]?.type !== 'welcome') socket.close(4401);
        return;
      }
      const { seq, format } = parseFrame(new Uint8Array(data));
      peer.formats.push(format);
      say(socket, peer.answerTo(seq));
    });
  });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return peer;
}

function open(t: TestContext, options: StreamOptions): Stream<string> {
  const transport = (url: string, subprotocol: string) => new WsClient(url, subprotocol);
  const stream = openStream<string>({ transport, ...options });
  t.after(() => stream.close());
  return stream;
}

test('labels come with the model, the session, the age bound and what the frame was sent with', async (t) => {
  const peer = await startPeer(t);
  peer.answerTo = (seq) => ({
    type: 'labels',
    seq,
    capturedAtMs: 5,
    receivedAtMs: 1e12,
    model: 'm@1',
    labels: [{ id: 1, label: 'cat', score: 0.9 }],
    timing: TIMING,
  });
  const stream = open(t, { url: peer.url });
  const { model } = await stream.whenOpen();
  assert.equal(model.id, 'm');
  const labelled = new Promise<FrameLabels<string>>((resolve) => stream.onLabels(resolve));
  assert.equal(stream.wantsFrame(), true);
  assert.equal(stream.send({ image: JPEG, capturedAtMs: 5, context: 'the first' }), true);
  assert.equal(stream.wantsFrame(), false, 'the one credit is spent');
  const { labels, context, session, maxLabelAgeMs, capturedAtMs, trace, ...rest } = await labelled;
  assert.deepEqual(
    { labels: labels.map(({ label }) => label), context, session, maxLabelAgeMs, capturedAtMs },
    { labels: ['cat'], context: 'the first', session: 's1', maxLabelAgeMs: 500, capturedAtMs: 5 },
  );
  assert.deepEqual(rest, { modelIndex: 0, model: 'm@1' });
  assert.deepEqual(trace.timing, TIMING);
  assert.equal(stream.readLink()?.bytesPerLabel, 16 + JPEG.byteLength);
});

test('a secondary model has one place of its own: it takes none of the primary model, and none of its frames waits', async (t) => {
  const peer = await startPeer(t);
  peer.greeting = [{ ...WELCOME, credits: 4 }];
  const stream = open(t, { url: peer.url });
  await stream.whenOpen();
  const room = () => [stream.hasRoomFor(0), stream.hasRoomFor(1), stream.hasRoomFor(2)];
  assert.deepEqual(room(), [true, true, true]);
  stream.send({ image: JPEG, modelIndex: 1 });
  assert.deepEqual(room(), [true, false, false]);
  stream.send({ image: JPEG });
  stream.send({ image: JPEG });
  assert.deepEqual([stream.framesInFlight, stream.secondaryInFlight], [3, 1]);
  assert.deepEqual(room(), [false, false, false], 'two in flight are enough');
});

test('the format is read from the picture, and a dropped frame is reported', async (t) => {
  const peer = await startPeer(t);
  const stream = open(t, { url: peer.url });
  await stream.whenOpen();
  const dropped = new Promise<DroppedFrame<string>>((resolve) => stream.onDropped(resolve));
  stream.send({ image: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]), context: 'a PNG' });
  const { reason, context } = await dropped;
  assert.deepEqual([reason, context, peer.formats], ['stale', 'a PNG', ['png']]);
});

test('what cannot be sent is named; before the stream is open a frame is let go', async (t) => {
  const peer = await startPeer(t);
  const stream = open(t, { url: peer.url });
  assert.equal(stream.send({ image: JPEG }), false);
  await stream.whenOpen();
  const tooLarge = new Uint8Array(WELCOME.maxFrameBytes + 1);
  assert.throws(() => stream.send({ image: tooLarge }), { code: 'frame_too_large' });
  assert.throws(() => stream.send({ image: new Uint8Array([1, 2, 3]) }), { code: 'undecodable' });
});

test('waiting for a stream ends with a refusal, with its close, or with a signal', async (t) => {
  const peer = await startPeer(t);
  peer.greeting = [{ type: 'error', code: 'unauthorized', message: 'A token, please.', fatal: true }];
  const refused = open(t, { url: peer.url });
  await assert.rejects(refused.whenOpen(), {
    name: 'ClientError',
    code: 'unauthorized',
    message: 'A token, please.',
  });
  peer.greeting = [];
  const closing = new AbortController();
  const silent = open(t, { url: peer.url, signal: closing.signal });
  const reason = new Error('late');
  await assert.rejects(silent.whenOpen({ signal: AbortSignal.abort(reason) }), reason);
  const waits = silent.whenOpen();
  closing.abort();
  await assert.rejects(waits, { code: 'closed' });
  assert.equal(silent.state.kind, 'idle');
});

test('an error that does not end the connection is reported', async (t) => {
  const peer = await startPeer(t);
  peer.greeting = [WELCOME, { type: 'error', code: 'bad_request', message: 'No.', fatal: false }];
  const stream = open(t, { url: peer.url });
  const { code, message } = await new Promise<ClientError>((resolve) => stream.onError(resolve));
  assert.deepEqual([code, message, stream.state.kind], ['bad_request', 'No.', 'open']);
});

test('a runtime without a WebSocket says what to do', { skip: typeof WebSocket !== 'undefined' }, () => {
  assert.throws(
    () => openStream({ url: 'http://127.0.0.1:1' }),
    /Pass one, such as that of the package "ws"/,
  );
});
