import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket as ServerSocket, WebSocketServer, WebSocket as WsClient } from 'ws';
import { ERRORS } from '../../protocol/errors.ts';
import { parseFrame } from '../../protocol/frame.ts';
import { parseClientMessage, type ServerMessage, STREAM_PATH } from '../../protocol/messages.ts';
import { Connection } from './connection.ts';
import type { ConnectionState } from './connectionState.ts';
import type { Answer } from './framesInFlight.ts';
import { WELCOME } from './welcomeFixture.ts';

const FRAME = {
  image: new Uint8Array([255, 216, 1, 2]),
  format: 'jpeg',
  modelIndex: 0,
  capturedAtMs: 20,
  sceneAtMs: 12.5,
  grabbedAtMs: 13,
  context: undefined,
} as const;

/** A server that says welcome to each hello; what it gets is collected. */
async function startPeer(t: TestContext, port = 0) {
  const server = new WebSocketServer({ port, path: STREAM_PATH });
  await once(server, 'listening');
  const hellos: unknown[] = [];
  const frames: ReturnType<typeof parseFrame>[] = [];
  let socket: ServerSocket | undefined;
  const peer = {
    port: (server.address() as AddressInfo).port,
    hellos,
    frames,
    /** What to do on each hello instead of saying welcome. */
    greet: (to: ServerSocket) => to.send(JSON.stringify(WELCOME)),
    say: (message: ServerMessage) => socket?.send(JSON.stringify(message)),
    onFrame: () => {},
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.on('connection', (accepted) => {
    socket = accepted;
    accepted.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        frames.push(parseFrame(new Uint8Array(data)));
        peer.onFrame();
        return;
      }
      hellos.push(parseClientMessage(data.toString()));
      peer.greet(accepted);
    });
  });
  t.after(() => peer.close());
  return peer;
}

function connect(t: TestContext, port: number, options: { token?: string; nowMs?: () => number } = {}) {
  const connection = new Connection({
    url: `ws://127.0.0.1:${port}${STREAM_PATH}`,
    token: () => options.token,
    transport: (url, subprotocol) => new WsClient(url, subprotocol),
    random: () => 0,
    ...(options.nowMs && { nowMs: options.nowMs }),
  });
  t.after(() => connection.close());
  return connection;
}

function state(connection: Connection, kind: ConnectionState['kind']): Promise<ConnectionState> {
  if (connection.state.kind === kind) return Promise.resolve(connection.state);
  return new Promise((resolve) => {
    const off = connection.onState((now) => {
      if (now.kind !== kind) return;
      off();
      resolve(now);
    });
  });
}

test('says hello with token and confidence, and is open after welcome', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port, { token: 'secret-token' });
  connection.select({ minScore: 0.6 });
  connection.start();
  await state(connection, 'open');
  assert.deepEqual(peer.hellos, [{ type: 'hello', minScore: 0.6, token: 'secret-token' }]);
});

test('a frame spends its credit until it is answered', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  assert.equal(connection.hasCredit, true);
  const arrived = new Promise<void>((resolve) => {
    peer.onFrame = resolve;
  });
  connection.send(FRAME);
  assert.equal(connection.hasCredit, false);
  // Without a credit nothing is sent: the server would close the socket for it.
  connection.send(FRAME);
  await arrived;
  assert.equal(peer.frames.length, 1);
  const [frame] = peer.frames;
  assert.ok(frame);
  assert.equal(frame.capturedAtMs, 12.5);
  assert.deepEqual([...frame.image], [...FRAME.image]);

  const answered = new Promise<Answer>((resolve) => {
    connection.onAnswer(resolve);
  });
  peer.say({ type: 'dropped', seq: frame.seq, reason: 'stale' });
  const { message, sent, arrivedAtMs } = await answered;
  assert.equal(message.type, 'dropped');
  assert.equal(sent.bytes, 16 + FRAME.image.byteLength);
  assert.ok(arrivedAtMs >= sent.sentAtMs);
  assert.equal(connection.hasCredit, true);
});

test('a frame that is larger than the server takes is not sent', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  assert.throws(() => connection.send({ ...FRAME, image: new Uint8Array(1001) }), {
    code: 'frame_too_large',
  });
  assert.equal(connection.hasCredit, true);
});

test('a dragged slider is sent a few times, its last value always', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  const stated = new Promise<void>((resolve) => {
    peer.greet = () => {
      if (JSON.stringify(peer.hellos.at(-1)).includes('0.9')) resolve();
    };
  });
  for (let step = 1; step <= 90; step++) connection.select({ minScore: step / 100 });
  await stated;
  assert.deepEqual(peer.hellos.at(-1), { type: 'configure', minScore: 0.9 });
  assert.ok(peer.hellos.length <= 3, `${peer.hellos.length} messages`);
});

test('reconnects when the server was gone, and remembers the confidence', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  connection.select({ minScore: 0.7 });
  await peer.close();
  await state(connection, 'waiting');
  const again = await startPeer(t, peer.port);
  await state(connection, 'open');
  assert.deepEqual(again.hellos, [{ type: 'hello', minScore: 0.7, resume: 'token-1' }]);
  assert.equal(connection.hasCredit, true);
});

test('asks for a model, at once and in each hello', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.select({ model: 'birds' });
  connection.start();
  await state(connection, 'open');
  assert.deepEqual(peer.hellos, [{ type: 'hello', model: 'birds' }]);
  const stated = new Promise<void>((resolve) => {
    peer.greet = () => resolve();
  });
  connection.select({ model: 'm', minScore: 0.2 });
  await stated;
  assert.deepEqual(peer.hellos.at(-1), { type: 'configure', model: 'm', minScore: 0.2 });
});

test('a model that is not there any more is dropped, and the session goes on without it', async (t) => {
  const peer = await startPeer(t);
  const welcome = peer.greet;
  const error = { type: 'error', code: 'unknown_model', message: 'There is no model "gone".' } as const;
  peer.greet = (to) => {
    to.send(JSON.stringify({ ...error, fatal: true }));
    to.close(ERRORS.unknown_model.close);
    peer.greet = welcome;
  };
  const connection = connect(t, peer.port);
  const lost: string[] = [];
  connection.onModelLost((why) => lost.push(why));
  connection.select({ model: 'gone', minScore: 0.3 });
  connection.start();
  await state(connection, 'open');
  assert.deepEqual(peer.hellos, [{ type: 'hello', model: 'gone', minScore: 0.3 }, { type: 'hello' }]);

  // The same while it streams: an error that ends nothing.
  const stated = new Promise<void>((resolve) => {
    connection.onModelLost(() => resolve());
  });
  peer.greet = () => peer.say({ ...error, fatal: false });
  connection.select({ model: 'gone' });
  await stated;
  assert.deepEqual(lost, [error.message, error.message]);
  assert.equal(connection.state.kind, 'open');
});

test('S8: a model that is removed while in use is forgotten; another version of it is not', async (t) => {
  const peer = await startPeer(t);
  const chosen = { ...WELCOME.model, id: 'birds' };
  peer.greet = (to) => to.send(JSON.stringify({ ...WELCOME, model: chosen }));
  const connection = connect(t, peer.port);
  const lost: string[] = [];
  connection.onModelLost((why) => lost.push(why));
  connection.select({ model: 'birds' });
  connection.start();
  await state(connection, 'open');
  const looking = (id: string, version: string) =>
    new Promise<void>((resolve) => {
      const off = connection.onState((now) => {
        if (now.kind !== 'open' || now.welcome.model.id !== id || now.welcome.model.version !== version)
          return;
        off();
        resolve();
      });
    });
  const renewed = looking('birds', '2');
  peer.say({ type: 'model', model: { ...chosen, version: '2' }, also: [], minScore: 0.5 });
  await renewed;
  assert.deepEqual(lost, []);
  const replaced = looking('m', '1');
  peer.say({ type: 'model', model: WELCOME.model, also: [], minScore: 0.5 });
  await replaced;
  assert.equal(lost.length, 1);
});

test('R1: the last resume token is shown in the next hello, and forgotten when a person stops', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  peer.say({ type: 'resume', resume: 'token-2' });
  peer.say({ type: 'goaway', reason: 'restart', reconnectAfterMs: 20 });
  await state(connection, 'waiting');
  await state(connection, 'open');
  assert.deepEqual(peer.hellos.at(-1), { type: 'hello', resume: 'token-2' });
  connection.close();
  connection.start();
  await state(connection, 'open');
  assert.deepEqual(peer.hellos.at(-1), { type: 'hello' });
});

test('a refusal is final until a person tries again', async (t) => {
  const peer = await startPeer(t);
  peer.greet = (to) => {
    to.send(JSON.stringify({ type: 'error', code: 'unauthorized', message: 'Token, please.', fatal: true }));
    to.close(ERRORS.unauthorized.close);
  };
  const connection = connect(t, peer.port);
  connection.start();
  const refused = await state(connection, 'refused');
  assert.deepEqual(refused, { kind: 'refused', code: 'unauthorized', message: 'Token, please.' });
  connection.retryNow();
  assert.equal(connection.state.kind, 'refused');
  connection.start();
  assert.equal(connection.state.kind, 'connecting');
});

test('a token that comes while the hello without it is being refused is tried', async (t) => {
  const peer = await startPeer(t);
  const welcome = peer.greet;
  const options: { token?: string } = {};
  peer.greet = (to) => {
    peer.greet = welcome;
    to.send(JSON.stringify({ type: 'error', code: 'unauthorized', message: 'Token, please.', fatal: true }));
    // As pairing does it: while the connection is neither open nor refused, trying at once again does nothing.
    options.token = 'paired';
    connection.start();
    connection.retryNow();
    to.close(ERRORS.unauthorized.close);
  };
  const connection = connect(t, peer.port, options);
  const kinds: string[] = [];
  connection.onState(({ kind }) => kinds.push(kind));
  connection.start();
  await Promise.race([state(connection, 'open'), state(connection, 'refused')]);
  assert.deepEqual(kinds, ['connecting', 'waiting', 'connecting', 'open']);
  assert.deepEqual(peer.hellos, [{ type: 'hello' }, { type: 'hello', token: 'paired' }]);
});

test('notices a link on which frames are not answered any more', async (t) => {
  const peer = await startPeer(t);
  let skippedMs = 0;
  const connection = connect(t, peer.port, { nowMs: () => performance.now() + skippedMs });
  connection.start();
  await state(connection, 'open');
  connection.send(FRAME);
  skippedMs = 5000;
  await state(connection, 'waiting');
  await state(connection, 'open');
  assert.equal(peer.hellos.length, 2);
});

test('goaway: leaves and comes back', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  peer.say({ type: 'goaway', reason: 'restart', reconnectAfterMs: 20 });
  await state(connection, 'waiting');
  await state(connection, 'open');
  assert.equal(peer.hellos.length, 2);
});

test('after close nothing is open, and it can be started again', async (t) => {
  const peer = await startPeer(t);
  const connection = connect(t, peer.port);
  connection.start();
  await state(connection, 'open');
  connection.close();
  connection.close();
  assert.equal(connection.state.kind, 'idle');
  connection.start();
  await state(connection, 'open');
});
