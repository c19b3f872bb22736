import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeFrame } from '../../protocol/frame.ts';
import { base64Length, encodeTextFrame } from '../../protocol/textFrame.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf } from '../testing/media.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

const MAX_BYTES = 64 << 10;

const framed = (image: Uint8Array, seq = 0) =>
  encodeFrame({ seq, capturedAtMs: seq, format: 'jpeg' as const, image });

describe('frames as text', () => {
  let server: LivelensServer;
  const closers: (() => Promise<void>)[] = [];
  before(async () => {
    const t = { after: (close: () => Promise<void>) => void closers.push(close) };
    server = await testServer(t, { ...ONE_WORKER, limits: { maxFrameBytes: MAX_BYTES } });
  });
  after(async () => {
    for (const close of closers) await close();
  });

  test('T1: a frame in base64 gets the labels of the same frame in bytes', async () => {
    const cat = await frameOf('cat.png');
    const client = await helloStream(server.url);
    assert.equal(client.welcome.textFrames, true);
    client.socket.send(framed(cat, 1));
    const binary = await client.next('labels');
    client.socket.send(encodeTextFrame(framed(cat, 2)));
    const text = await client.next('labels');
    assert.deepEqual([text.seq, text.labels], [2, binary.labels]);
    await client.close();
  });

  test('T1: text frames are not counted as text messages', async () => {
    const client = await helloStream(server.url);
    const nothing = encodeTextFrame(framed(Uint8Array.of(1)));
    for (let sent = 0; sent < 100; sent++) {
      client.socket.send(nothing);
      assert.equal((await client.next('dropped')).reason, 'undecodable');
    }
    await client.close();
  });

  test('T1: the largest frame passes as text, and one of a byte more closes the socket with frame_too_large', async () => {
    const image = new Uint8Array(MAX_BYTES - 16);
    const client = await helloStream(server.url);
    client.socket.send(encodeTextFrame(framed(image)));
    assert.equal((await client.next('dropped')).reason, 'undecodable');
    client.socket.send(encodeTextFrame(framed(new Uint8Array(MAX_BYTES - 15))));
    assert.equal((await client.next('error')).code, 'frame_too_large');
    assert.equal((await client.closed).code, 1009);
  });

  test('C2: a binary frame that is longer than frames, and shorter than their text, is refused too', async () => {
    const client = await helloStream(server.url);
    client.socket.send(framed(new Uint8Array(MAX_BYTES - 15)));
    assert.equal((await client.next('error')).code, 'frame_too_large');
    assert.equal((await client.closed).code, 1009);
    const longest = await helloStream(server.url);
    longest.socket.send(new Uint8Array(base64Length(MAX_BYTES) + 1));
    assert.equal((await longest.closed).code, 1009);
  });

  for (const [title, text, code] of [
    ['a letter that base64 has not', `A${'!'.repeat(63)}`, 'malformed_frame'],
    [
      'a length that base64 has not',
      encodeTextFrame(framed(new Uint8Array(9))).slice(0, -1),
      'malformed_frame',
    ],
    ['padding alone', 'A===', 'malformed_frame'],
    ['a header without an image', encodeTextFrame(framed(new Uint8Array(0))), 'malformed_frame'],
    ['another version', 'AgEAAAAAAAAAAAAAAAAAAAAB', 'unsupported_version'],
    ['a small letter', 'aQEAAAAAAAAAAAAAAAAAAAAB', 'malformed_message'],
  ] as const) {
    test(`T1: ${title} closes the socket with ${code}`, async () => {
      const client = await helloStream(server.url);
      client.socket.send(text);
      assert.equal((await client.next('error')).code, code);
      await client.closed;
    });
  }
});
