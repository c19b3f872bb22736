import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { TrustedProxies } from '../access/trustedProxies.ts';
import { guardConnections } from './connections.ts';

/** More than the system takes for a client that does not read. */
const LARGE = Buffer.alloc(32 << 20);

interface Given {
  maxConnections?: number;
  maxConnectionsPerAddress?: number;
  stalledMs?: number;
  trustProxy?: TrustedProxies;
  handle?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A guarded server that has one large file at /large and says its path otherwise, with a clock that the test sets. */
async function guarded(t: TestContext, given: Given = {}) {
  const server = createServer();
  const refusals: string[] = [];
  const clock = { ms: 0 };
  const connections = guardConnections(server, {
    limits: {
      maxConnections: given.maxConnections ?? 8,
      maxConnectionsPerAddress: given.maxConnectionsPerAddress ?? 8,
      stalledMs: given.stalledMs ?? 30_000,
    },
    trustProxy: given.trustProxy ?? { kind: 'none' },
    metrics: { refused: (code) => void refusals.push(code) },
    nowMs: () => clock.ms,
    handle:
      given.handle ??
      ((request, response) => response.end(request.url === '/large' ? LARGE : `answer to ${request.url}`)),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    connections.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  async function open(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {}); // A reset is one way to end.
    await once(socket, 'connect');
    return socket;
  }
  const ask = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
  return {
    server,
    connections,
    refusals,
    clock,
    open,
    ask,
    /** All that a connection receives that sends this request and hangs up; '' where it is ended without an answer. */
    async answer(path: string, headers = ''): Promise<string> {
      const socket = await open();
      socket.write(ask(path, `${headers}Connection: close\r\n`));
      return text(socket).catch(() => '');
    },
    /** A client that asks for the large file, sees its beginning, and takes nothing from then on. */
    async stalled(headers = ''): Promise<Socket> {
      const socket = await open();
      socket.write(ask('/large', headers));
      await once(socket, 'data');
      socket.pause();
      return socket;
    },
  };
}

const ended = (socket: Socket) =>
  new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());

test('an address that has all its connections is refused a page, and gets the server’s health', async (t) => {
  const { stalled, answer, refusals } = await guarded(t, { maxConnectionsPerAddress: 3 });
  for (let i = 0; i < 3; i++) await stalled();
  assert.match(await answer('/page'), /^HTTP\/1.1 503 .*"code":"server_busy"/s);
  assert.match(await answer('/healthz'), /^HTTP\/1.1 200 .*answer to \/healthz/s);
  assert.deepEqual(refusals, ['server_busy']);
});

test('a connection that stood still gives way to a new one of its address, the stillest first', async (t) => {
  const { stalled, answer, clock, refusals, open } = await guarded(t, { maxConnectionsPerAddress: 3 });
  const first = await stalled();
  clock.ms += 10;
  await stalled();
  clock.ms += 10;
  await open();
  clock.ms += 600;
  const end = ended(first);
  assert.match(await answer('/page'), /^HTTP\/1.1 200 .*answer to \/page/s);
  await end;
  assert.deepEqual(refusals, ['slow_reader']);
});

test('a connection that waits for nothing gives way before one whose client has stopped reading its answer', async (t) => {
  const { stalled, answer, ask, clock, refusals, open } = await guarded(t, { maxConnectionsPerAddress: 2 });
  const slow = await stalled();
  clock.ms += 10;
  const idle = await open();
  idle.write(ask('/'));
  await once(idle, 'data');
  // The answer is over when the server has noticed that it was sent.
  await new Promise(setImmediate);
  clock.ms += 600;
  const end = ended(idle);
  assert.match(await answer('/page'), /^HTTP\/1.1 200 .*answer to \/page/s);
  await end;
  assert.ok(!slow.closed);
  assert.deepEqual(refusals, []);
});

test('an answer that the server still works on does not give way', async (t) => {
  let finish = () => {};
  const worksOn = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { open, ask, answer, clock } = await guarded(t, {
    maxConnectionsPerAddress: 1,
    handle: (request, response) =>
      void (request.url === '/slow' ? worksOn.then(() => response.end('done')) : response.end()),
  });
  const slow = await open();
  slow.write(ask('/slow'));
  // Bytes are counted in between.
  for (let i = 0; i < 4; i++) {
    clock.ms += 400;
    assert.match(await answer('/page'), /^HTTP\/1.1 503/);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  finish();
  const [received] = await once(slow, 'data');
  assert.match(String(received), /done/);
});

test('beyond the reserve a connection is ended, and the reserve waits for no one', async (t) => {
  const { open, clock, connections } = await guarded(t, { maxConnectionsPerAddress: 2 });
  await open();
  await open();
  const reserve = await Promise.all(Array.from({ length: 8 }, open));
  while (connections.count < 10) await new Promise(setImmediate);
  await ended(await open());
  const gone = Promise.all(reserve.map(ended));
  clock.ms += 3_000;
  await gone;
});

test('behind a proxy connections count for whom they ask', async (t) => {
  const { stalled, answer } = await guarded(t, {
    maxConnectionsPerAddress: 2,
    trustProxy: { kind: 'count', count: 1, line: 'all' },
  });
  const asks = (address: string) => `X-Forwarded-For: ${address}\r\n`;
  await stalled(asks('203.0.113.1'));
  await stalled(asks('203.0.113.1'));
  assert.match(await answer('/page', asks('203.0.113.1')), /^HTTP\/1.1 503/);
  assert.match(await answer('/page', asks('203.0.113.2')), /^HTTP\/1.1 200/);
  assert.match(await answer('/page', asks('203.0.113.3')), /^HTTP\/1.1 200/);
});

test('behind a proxy that has all connections open, each is still answered', async (t) => {
  const { open, ask, refusals } = await guarded(t, {
    maxConnections: 3,
    trustProxy: { kind: 'count', count: 1, line: 'all' },
  });
  const kept = await Promise.all([open(), open(), open()]);
  for (let round = 1; round <= 2; round++) {
    for (const [index, socket] of kept.entries()) {
      const path = `/${round}/${index}`;
      socket.write(ask(path, `X-Forwarded-For: 203.0.113.${index}\r\n`));
      const [received] = await once(socket, 'data');
      assert.match(String(received), new RegExp(`^HTTP/1.1 200 .*answer to ${path}`, 's'));
    }
  }
  assert.deepEqual(refusals, []);
});

test('all connections together are bounded', async (t) => {
  const { stalled, answer } = await guarded(t, {
    maxConnections: 2,
    trustProxy: { kind: 'count', count: 1, line: 'all' },
  });
  for (const address of ['203.0.113.1', '203.0.113.2']) await stalled(`X-Forwarded-For: ${address}\r\n`);
  assert.match(await answer('/page', 'X-Forwarded-For: 203.0.113.3\r\n'), /^HTTP\/1.1 503/);
});

test('a client that takes nothing of its answer is ended, whatever it sends', async (t) => {
  const { stalled, clock, refusals, connections } = await guarded(t, { stalledMs: 1_000 });
  const client = await stalled();
  client.write('GET / HTTP/1.1\r\n');
  const drip = setInterval(() => client.write('A: b\r\n'), 50);
  const end = new Promise((resolve) => client.once('close', resolve));
  const tick = setInterval(() => {
    clock.ms += 100;
  }, 50);
  t.after(() => {
    clearInterval(drip);
    clearInterval(tick);
  });
  while (connections.count > 0) await new Promise(setImmediate);
  client.resume();
  await end;
  assert.deepEqual(refusals, ['slow_reader']);
});

test('a client on a slow link gets all of its answer, though it takes many times that', async (t) => {
  const { open, ask, clock, refusals } = await guarded(t, { stalledMs: 1_000 });
  const client = await open();
  client.write(ask('/large', 'Connection: close\r\n'));
  let bytes = 0;
  client.on('data', (piece) => {
    bytes += piece.length;
    // 64 KiB, then nothing for 5 ms: 13 MB a second. The clock of the server goes on by half of what it allows with each
    // megabyte.
    if (bytes >> 20 > (bytes - piece.length) >> 20) clock.ms += 200;
    client.pause();
    setTimeout(() => client.resume(), 5);
  });
  await once(client, 'close');
  assert.ok(bytes > LARGE.byteLength);
  assert.ok(clock.ms > 6_000);
  assert.deepEqual(refusals, []);
});

test('requests that are sent ahead are answered in their order, one at a time', async (t) => {
  let atOnce = 0;
  let most = 0;
  const { open, ask } = await guarded(t, {
    handle(request, response) {
      atOnce += 1;
      most = Math.max(most, atOnce);
      response.once('finish', () => {
        atOnce -= 1;
      });
      setImmediate(() => response.end(`answer to ${request.url};`));
    },
  });
  const client = await open();
  const paths = Array.from({ length: 10 }, (_, i) => `/${i}`);
  client.write(paths.map((path) => ask(path, path === '/9' ? 'Connection: close\r\n' : '')).join(''));
  const received = await text(client);
  assert.deepEqual(
    [...received.matchAll(/answer to ([^;]+);/g)].map(([, path]) => path),
    paths,
  );
  assert.equal(most, 1);
});

test('a connection that sends very many requests ahead is ended, and others notice nothing', async (t) => {
  let handled = 0;
  const { server, open, ask, answer, connections } = await guarded(t, {
    handle(_request, response) {
      handled += 1;
      response.end(LARGE.subarray(0, 4 << 20));
    },
  });
  let parsed = 0;
  server.on('request', () => {
    parsed += 1;
  });
  const client = await open();
  client.pause();
  client.write(ask('/').repeat(30_000));
  while (connections.count === 0) await new Promise(setImmediate);
  while (connections.count > 0) await new Promise(setImmediate);
  assert.ok(handled <= 2, `${handled} requests were begun`);
  assert.ok(parsed < 50, `${parsed} requests were made`);
  assert.match(await answer('/page'), /^HTTP\/1.1 200/);
});

test('a connection that became a stream counts no more', async (t) => {
  const { server, open, answer, connections } = await guarded(t, { maxConnectionsPerAddress: 1 });
  server.on('upgrade', (_request, socket) => {
    connections.release(socket);
    socket.on('end', () => socket.end()).resume();
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const client = await open();
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(client, 'data');
  assert.equal(connections.count, 0);
  assert.match(await answer('/page'), /^HTTP\/1.1 200/);
});
