import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { LanInfo, PairGrant, PhoneLink } from '../../protocol/lan.ts';
import { SUBPROTOCOL } from '../../protocol/messages.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { type TestServerOptions, testServer } from '../testing/testServer.ts';
import { lanAddresses } from './lanAddresses.ts';
import { makeAuthority, makeServerCertificate } from './makeCertificate.ts';

/** Of this machine, on a network: a client that uses it is another machine to the server. */
const OUTSIDE = lanAddresses(networkInterfaces(), undefined)[0]?.address;
const needsNetwork = { skip: OUTSIDE === undefined ? 'this machine has no address but its own' : false };

const LAN: TestServerOptions = {
  host: undefined,
  tls: { kind: 'authority' },
  lan: { name: undefined },
  needsPairing: true,
};

async function open(t: TestContext, options: TestServerOptions = {}) {
  const { log, lines } = recordLog();
  const server = await testServer(t, { ...LAN, ...options }, log);
  const name = OUTSIDE?.includes(':') ? `[${OUTSIDE}]` : OUTSIDE;
  return {
    server,
    lines,
    here: `http://localhost:${server.port}`,
    plain: `http://${name}:${server.port}`,
    secure: `https://${name}:${server.port}`,
    stream: (url: string, token?: string) => firstAnswer(url.replace('http', 'ws'), token),
  };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A stranger to the authority, who goes on in spite of the certificate: as a person does after the browser's warning. */
async function ask(url: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Answer> {
  const options = { method, headers, agent: false };
  const request = url.startsWith('https:')
    ? httpsRequest(url, { ...options, rejectUnauthorized: false })
    : httpRequest(url, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

const postJson = (url: string, value: unknown) =>
  ask(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });

/** The type of what a server answers to hello, or what it says of the upgrade. */
async function firstAnswer(url: string, token: string | undefined): Promise<string> {
  const ws = new WebSocket(`${url}/v1/stream`, SUBPROTOCOL, { rejectUnauthorized: false });
  try {
    const opened = await Promise.race([
      once(ws, 'open').then(() => 'open'),
      once(ws, 'unexpected-response').then(([, response]) => String(response.statusCode)),
    ]);
    if (opened !== 'open') return opened;
    ws.send(JSON.stringify({ type: 'hello', token }));
    const [data] = await once(ws, 'message');
    const { type, code } = JSON.parse(String(data));
    return code ?? type;
  } finally {
    ws.on('error', () => {});
    ws.terminate();
  }
}

const codeOf = (url: string) => new URLSearchParams(new URL(url).hash.slice(1)).get('pair') ?? '';

test(
  'the same port speaks http on this machine, and https everywhere, with the headers of all answers',
  needsNetwork,
  async (t) => {
    const { here, secure, server } = await open(t);
    for (const url of [here, here.replace('http', 'https'), secure]) {
      const { status, headers, body } = await ask(url);
      assert.equal(status, 200, url);
      assert.match(body, /Livelens/);
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      assert.equal(
        headers['strict-transport-security'],
        undefined,
        'an address may be another machine’s tomorrow',
      );
    }
    assert.match(server.url, /^http:\/\/localhost:/);
  },
);

test(
  'plain http of other machines is sent to https, health aside; sockets are refused',
  needsNetwork,
  async (t) => {
    const { plain, secure, stream } = await open(t);
    const { status, headers } = await ask(`${plain}/v1/models?a=1`);
    assert.deepEqual([status, headers.location], [307, `${secure}/v1/models?a=1`]);
    assert.equal((await ask(`${plain}/readyz`)).status, 200);
    assert.equal(await stream(plain), '400');
  },
);

test(
  'without LAN mode plain http is served as ever, with a certificate of one’s own and without',
  needsNetwork,
  async (t) => {
    const off = await open(t, { tls: undefined, lan: undefined, needsPairing: false });
    assert.equal((await ask(off.plain)).status, 200);
    await assert.rejects(ask(off.secure), /EPROTO|ECONNRESET|wrong version|socket hang up/);
    assert.equal(await off.stream(off.plain), 'welcome');
    const info = v.parse(LanInfo, JSON.parse((await ask(`${off.here}/v1/lan`)).body));
    assert.deepEqual(info, { isOn: false, needsPairing: false, mayInvite: false });
    const tls = await open(t, { lan: undefined, needsPairing: false });
    assert.equal((await ask(tls.plain)).status, 200);
    assert.equal((await ask(tls.secure)).status, 200);
  },
);

test(
  'this machine needs no pairing; another device does, once, and keeps its right',
  needsNetwork,
  async (t) => {
    const { here, secure, stream, server, lines } = await open(t);
    assert.equal(await stream(here), 'welcome');
    assert.equal((await ask(`${here}/v1/models`)).status, 200);
    // A stranger.
    assert.equal(await stream(secure), 'unauthorized');
    assert.equal((await ask(`${secure}/v1/models`)).status, 401);
    assert.equal((await postJson(`${secure}/v1/lan/phone`, {})).status, 403);
    assert.equal((await postJson(`${secure}/v1/lan/pair`, { code: 'guessed' })).status, 401);

    let paired = 0;
    server.onPaired(() => {
      paired += 1;
    });
    const link = v.parse(PhoneLink, JSON.parse((await postJson(`${here}/v1/lan/phone`, {})).body));
    assert.equal(new URL(link.url).protocol, 'https:');
    assert.equal(new URL(link.url).port, String(server.port));
    const code = codeOf(link.url);
    assert.equal(code, link.code);
    // As long as no one used it, the page goes on to show it.
    assert.equal(JSON.parse((await postJson(`${here}/v1/lan/phone`, { code })).body).code, code);

    const grant = v.parse(PairGrant, JSON.parse((await postJson(`${secure}/v1/lan/pair`, { code })).body));
    assert.equal(await stream(secure, grant.token), 'welcome');
    const headers = { Authorization: `Bearer ${grant.token}` };
    assert.equal((await ask(`${secure}/v1/models`, { headers })).status, 200);
    assert.equal((await postJson(`${secure}/v1/lan/pair`, { code })).status, 401, 'the code was used');
    assert.notEqual(JSON.parse((await postJson(`${here}/v1/lan/phone`, { code })).body).code, code);
    assert.equal(paired, 1);
    const logged = JSON.stringify(lines);
    assert.ok(!logged.includes(code) && !logged.includes(grant.token), 'neither is in the log');
    assert.equal((await ask(`${secure}/v1/lan`)).body.includes('fingerprint'), true);
  },
);

test('a request that only seems to come from this machine needs pairing', needsNetwork, async (t) => {
  const { here, secure } = await open(t);
  for (const headers of [
    { Host: `rebound.example:${new URL(here).port}` },
    { 'X-Forwarded-For': '127.0.0.1' },
    { Forwarded: 'for=127.0.0.1' },
  ]) {
    assert.equal((await ask(`${here}/v1/models`, { headers })).status, 401, JSON.stringify(headers));
  }
  assert.equal((await ask(`${secure}/v1/models`, { headers: { Host: 'localhost' } })).status, 401);
});

test(
  'a proxy that adds nothing, as nginx at first, gives no one the rights of this machine',
  needsNetwork,
  async (t) => {
    const { server } = await open(t);
    const client = connect(server.port, 'localhost');
    client.write(`GET /v1/models HTTP/1.0\r\nHost: localhost:${server.port}\r\n\r\n`);
    const [first] = await once(client, 'data');
    assert.match(String(first), /^HTTP\/1\.1 401 /);
    client.destroy();
  },
);

test(
  'a client that passes a trusted proxy by is not of this machine, whatever it writes',
  needsNetwork,
  async (t) => {
    const { here, secure } = await open(t, { trustProxy: { kind: 'count', count: 1, line: 'all' } });
    const headers = { Host: 'localhost', 'X-Forwarded-For': '127.0.0.1' };
    assert.equal((await ask(`${secure}/v1/models`, { headers })).status, 401);
    assert.equal((await ask(`${here}/v1/models`, { headers })).status, 200, 'through the proxy');
  },
);

test('a page of another origin gets no code, even where it may use the server', needsNetwork, async (t) => {
  const { here } = await open(t, { allowedOrigins: ['*'] });
  const invite = async (headers: Record<string, string>) =>
    (await ask(`${here}/v1/lan/phone`, { method: 'POST', body: '{}', headers })).status;
  assert.equal(await invite({ Origin: 'https://other.example' }), 403);
  assert.equal(await invite({ Origin: 'http://localhost:1' }), 403, 'another port');
  assert.equal(await invite({ Origin: 'null' }), 403);
  assert.equal(await invite({ Origin: here }), 200);
});

test('a server that listens on one address alone knows its own machine there', needsNetwork, async (t) => {
  const { plain, stream } = await open(t, { host: OUTSIDE });
  assert.equal((await ask(`${plain}/v1/models`)).status, 200);
  assert.equal(await stream(plain), 'welcome');
  assert.equal((await ask(`${plain}/v1/models`, { headers: { Host: 'rebound.example' } })).status, 401);
});

test('TOKEN goes on to work, and a paired device needs none', needsNetwork, async (t) => {
  const token = 'let me in, please';
  const { here, secure, stream, server } = await open(t, { token });
  assert.equal(await stream(secure, token), 'welcome');
  assert.equal(await stream(here), 'unauthorized');
  const code = codeOf(server.invite()?.url ?? '');
  const { token: paired } = JSON.parse((await postJson(`${secure}/v1/lan/pair`, { code })).body);
  assert.equal(await stream(secure, paired), 'welcome');
});

test(
  'codes for others are given to who has a token of the operator, and to no paired device',
  needsNetwork,
  async (t) => {
    const [token, screenToken] = ['let me in, please', 'for screens alone'];
    const { secure, server } = await open(t, { token, screenToken });
    const redeemed = await postJson(`${secure}/v1/lan/pair`, { code: codeOf(server.invite()?.url ?? '') });
    const { token: paired } = JSON.parse(redeemed.body);
    for (const [bearer, expected] of [
      [token, 200],
      [screenToken, 200],
      [paired, 403],
      ['another', 403],
    ]) {
      const headers = { Authorization: `Bearer ${bearer}` };
      const { mayInvite } = JSON.parse((await ask(`${secure}/v1/lan`, { headers })).body);
      assert.equal(mayInvite, expected === 200, String(bearer));
      const invited = await ask(`${secure}/v1/lan/phone`, { method: 'POST', body: '{}', headers });
      assert.equal(invited.status, expected, String(bearer));
    }
  },
);

test(
  'PAIRING=0: the address has no code, and everyone on the network may use the server',
  needsNetwork,
  async (t) => {
    const { secure, stream, server } = await open(t, { needsPairing: false });
    assert.equal(new URL(server.invite()?.url ?? '').hash, '');
    assert.equal(await stream(secure), 'welcome');
  },
);

test('the authority is there to install, without its key', needsNetwork, async (t) => {
  const { here } = await open(t);
  const crt = await ask(`${here}/v1/lan/authority.crt`);
  assert.equal(crt.headers['content-type'], 'application/x-x509-ca-cert');
  const profile = await ask(`${here}/v1/lan/authority.mobileconfig`);
  assert.match(profile.body, /com\.apple\.security\.root/);
  assert.ok(!profile.body.includes('PRIVATE'));
  assert.equal((await postJson(`${here}/v1/lan/authority.crt`, {})).status, 405);
});

test(
  'with a certificate of one’s own the code has its name, and there is no authority to install',
  needsNetwork,
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'livelens-own-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const day = 86_400_000;
    const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
    const authority = await makeAuthority('Own', { dns: ['example'], networks: [] }, validity);
    const names = { dns: ['*.example', 'lens.example'], ip: [] };
    const { cert, key } = await makeServerCertificate(authority, 'Own', names, validity);
    const [certFile, keyFile] = [path.join(folder, 'chain.pem'), path.join(folder, 'key.pem')];
    await writeFile(certFile, cert + authority.cert);
    await writeFile(keyFile, key);
    const { here, secure, server } = await open(t, { tls: { kind: 'files', certFile, keyFile } });
    assert.equal(new URL(server.invite()?.url ?? '').host, `lens.example:${server.port}`);
    assert.equal((await ask(secure)).status, 200);
    assert.equal((await ask(`${here}/v1/lan/authority.crt`)).status, 404);
    assert.equal(JSON.parse((await ask(`${here}/v1/lan`)).body).fingerprint, undefined);
  },
);

test('a client by TLS that takes nothing of its answer is ended', needsNetwork, async (t) => {
  const { here, server } = await open(t, { limits: { stalledMs: 300 } });
  const { graph } = JSON.parse((await ask(`${here}/v1/models/coco-ssd/device`)).body);
  const client = connectTls({ host: 'localhost', port: server.port, rejectUnauthorized: false });
  client.on('error', () => {});
  await once(client, 'secureConnect');
  client.write(`GET /v1/models/coco-ssd/files/${graph.sha256} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(client, 'data');
  client.pause();
  while (!/\w+\{code="slow_reader"\} 1/.test((await ask(`${here}/metrics`)).body)) {
    // until the server has had enough
  }
  client.destroy();
});

test('connections by TLS count for their address like others', needsNetwork, async (t) => {
  const { secure } = await open(t, { limits: { maxConnectionsPerAddress: 2 } });
  // Two that are busy: the head of a request has come, its body has not.
  const busy = [1, 2].map(() => {
    const request = httpsRequest(`${secure}/v1/predict`, {
      method: 'POST',
      agent: false,
      rejectUnauthorized: false,
    });
    request.on('error', () => {});
    request.setHeader('Content-Length', 10);
    request.flushHeaders();
    return request;
  });
  await Promise.all(
    busy.map((request) => once(request, 'socket').then(([socket]) => once(socket, 'secureConnect'))),
  );
  const { status, body } = await ask(`${secure}/v1/models`);
  assert.deepEqual([status, JSON.parse(body).error.code], [503, 'server_busy']);
  for (const request of busy) request.destroy();
});
