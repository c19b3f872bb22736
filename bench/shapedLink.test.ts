import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { LinkClock, type ShapedLinkOptions, startShapedLink } from './shapedLink.ts';

test('bytes arrive after their sending and the delay, one piece after the other', () => {
  const clock = new LinkClock({ bitsPerSecond: 8_000, delayMs: 100 }, 1);
  assert.equal(clock.arrivalMs(10, 0), 110);
  assert.equal(clock.arrivalMs(10, 0), 120);
  assert.equal(clock.arrivalMs(10, 1_000), 1_110);
});

test('without a limit there is the delay alone', () => {
  const clock = new LinkClock({ delayMs: 5 }, 1);
  assert.equal(clock.arrivalMs(1_000_000, 3), 8);
});

test('a stall moves all that comes after it, however much there was to send', () => {
  const clock = new LinkClock({ bitsPerSecond: 8_000, delayMs: 10 }, 1);
  assert.equal(clock.arrivalMs(100, 0), 110);
  clock.stall(5_000, 50);
  assert.equal(clock.arrivalMs(10, 60), 5_120);
  assert.equal(clock.arrivalMs(10, 9_000), 9_020);
});

test('jitter is within its bound, keeps the order, and is the same for the same seed', () => {
  const arrivals = (seed: number) => {
    const clock = new LinkClock({ delayMs: 20, jitterMs: 30 }, seed);
    return Array.from({ length: 200 }, (_, i) => clock.arrivalMs(100, i));
  };
  const times = arrivals(7);
  assert.deepEqual(times, arrivals(7));
  assert.notDeepEqual(times, arrivals(8));
  times.forEach((atMs, i) => {
    assert.ok(atMs >= i + 20 && atMs >= (times[i - 1] ?? 0));
    assert.ok(atMs <= i + 50);
  });
});

test('bytes pass whole and in order, both ways, and are counted', async (t) => {
  const { client, link } = await echoThrough(t, { up: { jitterMs: 2 }, down: { jitterMs: 2 } });
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  client.end(sent);
  const received: Buffer[] = [];
  for await (const chunk of client) received.push(chunk);
  assert.ok(Buffer.concat(received).equals(sent));
  assert.deepEqual(link.bytes, { up: sent.byteLength, down: sent.byteLength });
});

test('an answer takes at least a round trip', async (t) => {
  const { client } = await echoThrough(t, { up: { delayMs: 40 }, down: { delayMs: 30 } });
  const startedAt = performance.now();
  client.write('x');
  await once(client, 'data');
  // Timers may be early by a fraction of a millisecond.
  assert.ok(performance.now() - startedAt >= 69);
});

test('nothing arrives during a stall, and the connection outlives it', async (t) => {
  const { client, link } = await echoThrough(t, {});
  const startedAt = performance.now();
  link.stall(100);
  client.write('x');
  await once(client, 'data');
  assert.ok(performance.now() - startedAt >= 99);
});

test('a slow link holds its bound and one chunk at most', async (t) => {
  const bufferBytes = 10_000;
  const { client, link } = await echoThrough(t, { up: { bitsPerSecond: 8_000_000, bufferBytes } });
  client.resume();
  client.end(Buffer.alloc(400_000));
  let most = 0;
  while (link.bytes.up < 400_000) {
    most = Math.max(most, link.held.up);
    await new Promise(setImmediate);
  }
  assert.ok(most > 0 && most <= bufferBytes + 65_536, `held ${most} bytes`);
});

test('when one side is gone, so is the other', async (t) => {
  const { client, peer } = await echoThrough(t, { up: { delayMs: 5 } });
  client.destroy();
  const far = await peer;
  if (!far.closed) await once(far, 'close');
});

test('a link that was cut breaks what it carries and takes nothing new until it is mended', async (t) => {
  const { client, link } = await echoThrough(t, {});
  client.resume();
  const broken = once(client, 'end');
  client.on('error', () => {});
  link.cut();
  await broken;
  const port = Number(new URL(link.url).port);
  const turnedDown = connect({ port, host: '127.0.0.1' });
  turnedDown.on('error', () => {});
  turnedDown.resume();
  await once(turnedDown, 'close');
  link.mend();
  const again = connect({ port, host: '127.0.0.1' });
  t.after(() => again.destroy());
  again.write('x');
  const [answer] = await once(again, 'data');
  assert.equal(String(answer), 'x');
});

/** A client of an echo server, through a link; closed at the end of the test. */
async function echoThrough(t: TestContext, shape: Omit<ShapedLinkOptions, 'target'>) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const peer = once(server, 'connection').then(([socket]) => socket as Socket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const link = await startShapedLink({ target: `http://127.0.0.1:${address.port}`, ...shape });
  const client = connect({ port: Number(new URL(link.url).port), host: '127.0.0.1', allowHalfOpen: true });
  await once(client, 'connect');
  t.after(async () => {
    client.destroy();
    await link.close();
    server.close();
  });
  return { client, link, peer };
}
