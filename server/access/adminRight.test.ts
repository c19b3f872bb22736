import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { type AccessGrant, ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import {
  ADMIN_TOKEN,
  AS_ADMIN,
  ONE_WORKER,
  type TestServerOptions,
  testServer,
} from '../testing/testServer.ts';
import { readInstallation } from './installation.ts';
import { proofFor } from './proof.ts';
import { readServerRecords } from './serverRecord.ts';

async function open(t: TestContext, options: TestServerOptions = {}) {
  const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  t.after(() => rm(configDir, { recursive: true, force: true }));
  const lines: Record<string, unknown>[] = [];
  const note = (fields: object, message: string) => lines.push({ ...fields, message });
  const log = { debug: note, info: note, warn: note, error: note };
  const server = await testServer(t, { configDir, ...ONE_WORKER, ...options }, log as never);
  /** Who sends these headers: whether changes are promised, and how one is answered. */
  const ask = async (headers: Record<string, string> = {}) => {
    const list = await send(server.port, { path: '/v1/models', headers });
    const change = await send(server.port, { method: 'DELETE', path: '/v1/models/imports/none', headers });
    return {
      mayChange: JSON.parse(list.body).mayChange,
      status: change.status,
      code: JSON.parse(change.body).error.code,
    };
  };
  const redeem = async (code: string | null, headers: Record<string, string> = {}, path?: string) =>
    send(server.port, { method: 'POST', path: '/v1/access', headers }, JSON.stringify({ code, path }));
  /** What a browser sends that opened the link of `fragment`. */
  const openLink = async (fragment: string) => {
    const { status, body, cookies } = await redeem(new URLSearchParams(fragment).get('admin'));
    assert.equal(status, 200, body);
    const { key }: AccessGrant = JSON.parse(body);
    return { cookie: cookies[0]?.split(';')[0] ?? '', [ADMIN_KEY_HEADER]: key };
  };
  const own = async () => {
    const installation = await readInstallation(configDir);
    const [record] = await readServerRecords(configDir);
    assert.ok(installation && record);
    return { secret: installation.secret, record };
  };
  return { server, configDir, lines, ask, redeem, openLink, own };
}

/** Unlike `fetch` it sends any Host and Origin. */
function send(
  port: number,
  options: RequestOptions,
  content?: string,
): Promise<{ status: number; body: string; cookies: string[] }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, cookies: response.headers['set-cookie'] ?? [] }),
      );
    })
      .on('error', reject)
      .end(content);
  });
}

// Someone who may change models learns that there is no such import.
const MAY = { mayChange: true, status: 404, code: 'not_found' };
const MAY_NOT = { mayChange: false, status: 403, code: 'forbidden_admin' };

test('A1: without proof no one may change models, from whatever address and by whatever name', async (t) => {
  const { server, ask } = await open(t);
  assert.deepEqual(await ask(), MAY_NOT);
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'lens.localhost', 'evil.example']) {
    const Host = `${host}:${server.port}`;
    assert.deepEqual(await ask({ Host, Origin: `http://${Host}` }), MAY_NOT, host);
  }
  for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP']) {
    assert.deepEqual(await ask({ [name]: '127.0.0.1' }), MAY_NOT, name);
  }
  for (const bearer of ['', 'x', 'livelens..', `livelens.9999999999999.${'A'.repeat(43)}`]) {
    assert.deepEqual(await ask({ Authorization: `Bearer ${bearer}` }), MAY_NOT, bearer);
  }
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /v1/models HTTP/1.0\r\nHost: localhost\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /"mayChange":false/);
});

test("A2: the operator's token gives the right, from any address, and also where clients need another token", async (t) => {
  const { ask } = await open(t, { adminToken: ADMIN_TOKEN, token: 'for everyone' });
  const far = { 'X-Forwarded-For': '203.0.113.9', Host: 'lens.example' };
  assert.deepEqual(await ask({ ...far, ...AS_ADMIN }), MAY);
  assert.deepEqual(await ask({ ...far, Authorization: 'Bearer for everyone' }), MAY_NOT);
  const { status, code } = await ask({ ...far, Authorization: 'Bearer a token of sixteen or less' });
  assert.deepEqual({ status, code }, { status: 401, code: 'unauthorized' });
});

test('A3: a command that knows the secret may; its proof is good for one server and one minute', async (t) => {
  const { server, ask, own } = await open(t, { token: 'for everyone' });
  const { secret, record } = await own();
  assert.equal(record.url, server.url);
  const asking = (proof: string) => ask({ Authorization: `Bearer ${proof}` });
  const now = Date.now();
  assert.deepEqual(await asking(proofFor(secret, record.instance, now)), MAY);
  for (const [what, proof] of [
    ['an old one', proofFor(secret, record.instance, now - 61_000)],
    ['one from the future', proofFor(secret, record.instance, now + 61_000)],
    ['of another server', proofFor(secret, '11111111-2222-4333-8444-555555555555', now)],
    ['by another secret', proofFor(Buffer.alloc(32), record.instance, now)],
    ['the secret itself', secret.toString('base64url')],
  ] as const) {
    assert.equal((await asking(proof)).code, 'unauthorized', what);
  }
});

test('A4: a link gives one browser the right, by two halves, once', async (t) => {
  const { server, ask, redeem, openLink, lines } = await open(t, { token: 'for everyone' });
  const { fragment } = server.mintLink();
  assert.equal(new URLSearchParams(fragment).get('token'), 'for everyone');
  const both = await openLink(fragment);
  assert.deepEqual(await ask(both), MAY);
  const TOKEN = { Authorization: 'Bearer for everyone' };
  const { cookie, ...key } = both;
  assert.deepEqual(await ask({ ...TOKEN, cookie }), MAY_NOT, 'another port of this host has the cookie');
  assert.deepEqual(await ask({ ...TOKEN, ...key }), MAY_NOT, 'a script could have the key');
  const other = await openLink(server.mintLink().fragment);
  assert.deepEqual(await ask({ ...TOKEN, cookie, [ADMIN_KEY_HEADER]: other[ADMIN_KEY_HEADER] }), MAY_NOT);

  const [id, expiresAt, signature = ''] = cookie.split('.');
  const forged = [id, expiresAt, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
  const prolonged = [id, `${Number(expiresAt) + 1}`, signature].join('.');
  for (const other of [forged, prolonged]) {
    assert.deepEqual(await ask({ ...TOKEN, ...key, cookie: other }), MAY_NOT, other);
  }

  const code = new URLSearchParams(fragment).get('admin') ?? '';
  for (const wrong of [code, 'A'.repeat(32)]) {
    const again = await redeem(wrong);
    assert.equal(again.status, 403);
    assert.match(again.body, /forbidden_admin.*used before, has expired.*npm run models -- link/);
    assert.deepEqual(again.cookies, []);
  }
  assert.equal((await redeem(null)).status, 400);
  assert.ok(!JSON.stringify(lines).includes(code), 'the code is in the log');
  assert.ok(!JSON.stringify(lines).includes('for everyone'), 'the token is in the log');
});

test('A5: the cookie is for no script, no other site and no other port; Secure where the page is', async (t) => {
  const { server, redeem } = await open(t);
  const code = () => new URLSearchParams(server.mintLink().fragment).get('admin');
  const [plain = ''] = (await redeem(code(), { Host: 'localhost:3000' })).cookies;
  assert.match(plain, /^livelens-admin-3000=/);
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=2592000']) {
    assert.ok(plain.split('; ').includes(attribute), `${attribute}: ${plain}`);
  }
  assert.doesNotMatch(plain, /Secure/);
  const [secure = ''] = (await redeem(code(), { Host: 'lens.example', Origin: 'https://lens.example' }))
    .cookies;
  assert.match(secure, /^livelens-admin=.*; Secure/);
  // Installations of one origin, each below a path of its own, do not take each other's cookie away.
  const [below = ''] = (await redeem(code(), {}, '/lens/')).cookies;
  assert.ok(below.split('; ').includes('Path=/lens/'), below);
  for (const path of ['lens', '/lens', '//', '/a/; Domain=example/', '/ä/']) {
    assert.equal((await redeem(code(), {}, path)).status, 400, path);
  }
});

test('A6: what a page of another site makes a browser send changes nothing, whatever it carries', async (t) => {
  const { server, ask, redeem, openLink } = await open(t, { adminToken: ADMIN_TOKEN });
  const browser = await openLink(server.mintLink().fragment);
  const from = (site: string) => ({ 'Sec-Fetch-Site': site });
  for (const site of ['same-origin', 'none']) assert.deepEqual(await ask({ ...browser, ...from(site) }), MAY);
  // Another port of localhost is the same site.
  for (const site of ['same-site', 'cross-site'])
    assert.deepEqual(await ask({ ...browser, ...from(site) }), MAY_NOT, site);
  assert.deepEqual(await ask({ ...AS_ADMIN, ...from('same-site') }), MAY);
  assert.deepEqual(await ask({ ...AS_ADMIN, ...from('cross-site') }), MAY_NOT);
  const code = new URLSearchParams(server.mintLink().fragment).get('admin');
  assert.equal((await redeem(code, from('cross-site'))).status, 403);
  assert.equal((await redeem(code, from('same-origin'))).status, 200, 'the code was used up by the stranger');
});

test('A7: new links are for commands and operators, not for browsers that have the right', async (t) => {
  const { server, own, openLink } = await open(t, { adminToken: ADMIN_TOKEN });
  const mint = (headers: Record<string, string>) =>
    send(server.port, { method: 'POST', path: '/v1/access/links', headers });
  const { secret, record } = await own();
  for (const headers of [
    AS_ADMIN,
    { Authorization: `Bearer ${proofFor(secret, record.instance, Date.now())}` },
  ]) {
    const { status, body } = await mint(headers);
    assert.equal(status, 201, body);
    await openLink(JSON.parse(body).fragment);
  }
  const browser = await openLink(server.mintLink().fragment);
  for (const headers of [browser, {}]) assert.equal((await mint(headers)).status, 403);
});

test('A8: a browser keeps its right when the server is started again, and loses it with the secret', async (t) => {
  const first = await open(t);
  const browser = await first.openLink(first.server.mintLink().fragment);
  const again = await open(t, { configDir: first.configDir });
  assert.deepEqual(await again.ask({ ...browser, Host: `127.0.0.1:${first.server.port}` }), MAY);
  const other = await open(t);
  assert.deepEqual(await other.ask({ ...browser, Host: `127.0.0.1:${first.server.port}` }), MAY_NOT);
});

test('A9: a page that is refused for its origin is logged once, with what would allow it', async (t) => {
  const { server, lines } = await open(t, { allowedOrigins: ['https://friend.example'] });
  const knock = (Origin: string) => send(server.port, { path: '/v1/models', headers: { Origin } });
  const refused = () =>
    lines.filter(({ message }) => message === 'a page of another origin was refused') as {
      origin: string;
      toAllow: string;
    }[];
  for (let i = 0; i < 3; i++) assert.equal((await knock('https://lens.example')).status, 403);
  assert.deepEqual(
    refused().map(({ toAllow }) => toAllow),
    ['ALLOWED_ORIGINS=https://friend.example,https://lens.example'],
  );
  for (const origin of ['null', 'https://a.example/path', 'no address', `https://${'a'.repeat(400)}`]) {
    assert.equal((await knock(origin)).status, 403, origin);
  }
  assert.equal(refused().length, 1);
  for (let i = 0; i < 40; i++) await knock(`https://number-${i}.example`);
  assert.equal(refused().length, 20);
});
