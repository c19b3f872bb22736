import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { WebSocketServer, WebSocket as WsClient } from 'ws';
import { WELCOME } from '../../client/stream/welcomeFixture.ts';
import { parseFrame } from '../../protocol/frame.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { FrameEncoder } from '../capture/frameEncoder.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import { createRemoteRecognizer } from './remoteRecognizer.ts';

// Node.js 20 has none; what saves power is asked of it.
if (typeof navigator === 'undefined') Object.defineProperty(globalThis, 'navigator', { value: {} });

const JPEG = new Uint8Array([255, 216, 1, 2]);

test('a part of a still scene that could not be sent is shown later, once', {
  timeout: 60_000,
}, async (t) => {
  const server = new WebSocketServer({ port: 0 });
  await once(server, 'listening');
  const shown: Box[] = [];
  server.on('connection', (socket) => {
    const say = (message: ServerMessage) => socket.send(JSON.stringify(message));
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        say({ ...WELCOME, parts: true, model: { ...WELCOME.model, task: 'object-detection' } });
        return;
      }
      const { seq, view } = parseFrame(new Uint8Array(data));
      if (view?.shows === 'part') shown.push(view.part);
      const timing = { queueMs: 0, decodeMs: 0, inferMs: 0, serverMs: 0 };
      say({ type: 'labels', seq, capturedAtMs: 0, receivedAtMs: 0, model: 'm@1', labels: [], timing });
    });
  });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });

  /** What the encoder was asked for, in turn; undefined: the whole. */
  const asked: (Box | undefined)[] = [];
  const encoder: FrameEncoder = {
    busy: false,
    async encode(_picture, { part }) {
      asked.push(part);
      const isFirstPart = part !== undefined && asked.filter((one) => one !== undefined).length === 1;
      // More than the server takes.
      const image = isFirstPart ? new Uint8Array(WELCOME.maxFrameBytes + 1) : JPEG;
      return { image, format: 'jpeg', keptColours: true, changed: asked.length === 1, part };
    },
    probe: () => assert.fail('no one asks'),
    close() {},
  };
  t.mock.method(console, 'warn', () => {});
  const { port } = server.address() as AddressInfo;
  const recognizer = createRemoteRecognizer({
    url: `http://127.0.0.1:${port}`,
    transport: (url, subprotocol) => new WsClient(url, subprotocol),
    encoder,
  });
  t.after(() => recognizer.close());
  recognizer.start();
  const picture = { width: 1_280, height: 720, close() {} } as GrabbedFrame['picture'];
  // Until the whole comes once more after its parts.
  while (shown.length === 0 || asked.at(-1) !== undefined) {
    // The timeout of the test alone would end its report, and not this loop.
    t.signal.throwIfAborted();
    if (recognizer.wantsFrame()) recognizer.push({ picture, capturedAtMs: performance.now() });
    await setImmediate();
  }
  const [first] = asked.filter((one) => one !== undefined);
  assert.ok(first);
  const again = asked.filter((one) => one?.join() === first.join());
  assert.equal(again.length, 2, 'asked for again, as it was not sent');
  assert.equal(shown.length, asked.filter((one) => one !== undefined).length - 1);
  assert.equal(new Set(shown.map(String)).size, shown.length, 'none was shown twice');
});
