import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import { makeAuthority, makeServerCertificate } from './makeCertificate.ts';
import { acceptTls } from './onePort.ts';

const DAY_MS = 86_400_000;
const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
const authority = await makeAuthority('Test', { dns: ['localhost'], networks: ['127.0.0.0/8'] }, validity);
const certificateFor = (dns: string) =>
  makeServerCertificate(authority, dns, { dns: [dns], ip: ['127.0.0.1'] }, validity);
const certificate = await certificateFor('localhost');

/** A server that says how a request came and sends its body back, with what is counted for it. */
async function open(t: TestContext, timeoutMs = 5_000) {
  const http = createServer({ connectionsCheckingInterval: 50, headersTimeout: timeoutMs });
  const secured: [Socket, Socket][] = [];
  const onePort = acceptTls(http, {
    certificate,
    timeoutMs,
    onSecure: (socket, secure) => secured.push([socket, secure]),
  });
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  http.on('request', (request, response) => {
    response.setHeader('Came-By', 'encrypted' in request.socket ? 'https' : 'http');
    request.pipe(response);
  });
  const wss = new WebSocketServer({ server: http });
  wss.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  t.after(async () => {
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    onePort.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { http, onePort, port, sockets, secured };
}

/** Sends a body of this size, and reads it back. */
async function post(url: string, bytes: number): Promise<{ cameBy: unknown; bytes: number }> {
  const body = Buffer.alloc(bytes, 'x');
  const options = { method: 'POST', ca: authority.cert, agent: false };
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options);
  request.end(body);
  const [response] = await once(request, 'response');
  let got = 0;
  for await (const piece of response) got += piece.length;
  return { cameBy: response.headers['came-by'], bytes: got };
}

test('http and https are answered on one port, large bodies too', async (t) => {
  const { port, sockets, secured } = await open(t);
  for (const bytes of [1, 3_000_000]) {
    assert.deepEqual(await post(`http://127.0.0.1:${port}`, bytes), { cameBy: 'http', bytes });
    assert.deepEqual(await post(`https://localhost:${port}`, bytes), { cameBy: 'https', bytes });
  }
  assert.equal(secured.length, 2);
  for (const [socket, secure] of secured) assert.notEqual(socket, secure);
  for (const socket of sockets) await once(socket, 'close');
});

test('WebSockets work by ws and by wss', async (t) => {
  const { port } = await open(t);
  for (const url of [`ws://127.0.0.1:${port}`, `wss://localhost:${port}`]) {
    const ws = new WebSocket(url, { ca: authority.cert });
    await once(ws, 'open');
    ws.send('what is said');
    const [data] = await once(ws, 'message');
    assert.equal(String(data), 'what is said', url);
    ws.close();
    await once(ws, 'close');
  }
});

test('a first byte that comes alone, and late, is enough', async (t) => {
  const { port } = await open(t);
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.write('G');
  await new Promise(setImmediate);
  socket.write('ET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 OK/);
  socket.destroy();
});

test('what is neither TLS nor HTTP gets 400, or ends the handshake, and others notice nothing', async (t) => {
  const { port } = await open(t);
  const garbage = connect(port, '127.0.0.1');
  garbage.end(Buffer.from([0x80, 0x2e, 1, 0, 2]));
  const [answer] = await once(garbage, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 400 /);
  const handshake = connect(port, '127.0.0.1');
  handshake.on('error', () => {});
  handshake.write(Buffer.concat([Buffer.from([22]), Buffer.alloc(200, 7)]));
  handshake.resume();
  await once(handshake, 'close');
  // Someone who does not know the authority.
  const stranger = connectTls({ port, host: '127.0.0.1', servername: 'localhost' });
  await once(stranger, 'error');
  // And someone who leaves without a word.
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  silent.end();
  silent.resume();
  await once(silent, 'close');
  assert.equal((await post(`https://localhost:${port}`, 10)).bytes, 10);
});

for (const [what, bytes] of [
  ['nothing', []],
  ['the beginning of a handshake', [22, 3, 1]],
  ['the beginning of a request', [71]],
] as const) {
  test(`a connection that sends ${what} is ended`, async (t) => {
    const { port } = await open(t, 100);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    if (bytes.length > 0) socket.write(Buffer.from(bytes));
    socket.resume();
    await once(socket, 'close');
  });
}

test('a new certificate is for connections from then on', async (t) => {
  const { port, onePort } = await open(t);
  const subject = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    return { socket, name: subject.CN };
  };
  const before = await subject();
  onePort.setCertificate(
    await makeServerCertificate(authority, 'second', { dns: ['localhost'], ip: [] }, validity),
  );
  const after = await subject();
  assert.deepEqual([before.name, after.name], ['localhost', 'second']);
  before.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [answer] = await once(before.socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 OK/);
  before.socket.destroy();
  after.socket.destroy();
});
