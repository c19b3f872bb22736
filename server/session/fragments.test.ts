import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { ERRORS } from '../../protocol/errors.ts';
import { encodeFrame } from '../../protocol/frame.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf } from '../testing/media.ts';
import { helloStream, type StreamClient } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
before(async () => {
  server = await testServer({ after: (close) => void closers.push(close) });
});
after(async () => {
  for (const close of closers) await close();
});

/** Sends one message in fragments of these sizes, the last one with all that is left. */
function sendInFragments({ socket }: StreamClient, message: Uint8Array, sizes: Iterable<number>): void {
  let at = 0;
  for (const size of sizes) {
    if (at + size >= message.byteLength) break;
    socket.send(message.subarray(at, at + size), { binary: true, fin: false });
    at += size;
  }
  socket.send(message.subarray(at), { binary: true, fin: true });
}

function* endlessly(...sizes: number[]): Generator<number> {
  for (;;) yield* sizes;
}

async function frame(seq: number): Promise<Uint8Array> {
  return encodeFrame({ seq, capturedAtMs: 0, format: 'jpeg', image: await frameOf('cat.png') });
}

const hostile: [title: string, message: Uint8Array, size: number][] = [
  ['of 32 bytes', new Uint8Array(500_000), 32],
  ['of a kilobyte less', new Uint8Array(500_000), 900],
  ['of nothing', new Uint8Array(2_000), 0],
];
for (const [title, message, size] of hostile) {
  test(`C2: a message in very many fragments ${title} closes the socket, and others notice nothing`, async () => {
    const neighbour = await helloStream(server.url);
    const client = await helloStream(server.url);
    const sizes = size === 0 ? Array<number>(1_000).fill(0) : endlessly(size);
    sendInFragments(client, message, sizes);
    assert.equal((await client.closed).code, ERRORS.too_fragmented.close);
    assert.equal((await neighbour.recognize(await frameOf('cat.png'))).type, 'labels');
    await neighbour.close();
  });
}

const ordinary: [client: string, sizes: () => Iterable<number>][] = [
  // As measured with Chromium 156, whose buffer of 128 KiB ends where it ends.
  ['Chromium', () => endlessly(288, 5_000, 72, 9_000)],
  ['a client with a buffer of 4 KiB', () => endlessly(4_096)],
  ['a client that sends the header alone', () => [16]],
];
for (const [client, sizes] of ordinary) {
  test(`C2: a frame in the fragments of ${client} is answered`, async () => {
    const stream = await helloStream(server.url);
    for (let seq = 0; seq < 3; seq++) {
      sendInFragments(stream, await frame(seq), sizes());
      assert.equal((await stream.next('labels')).seq, seq);
    }
    await stream.close();
  });
}

test('C9: more pings than a person can cause close the socket', async () => {
  const client = await helloStream(server.url);
  for (let i = 0; i < 100; i++) client.socket.ping(new Uint8Array(100));
  assert.equal((await client.closed).code, ERRORS.rate_limited.close);
});

test('C9: a client that pings now and then stays', async () => {
  const client = await helloStream(server.url);
  for (let i = 0; i < 10; i++) client.socket.ping();
  assert.equal((await client.recognize(await frameOf('cat.png'))).type, 'labels');
  await client.close();
});
