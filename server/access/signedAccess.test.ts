import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { openStream as openClientStream } from '../../client/index.ts';
import { frameOf, photo } from '../testing/media.ts';
import { metric } from '../testing/metric.ts';
import { shareCamera } from '../testing/relayClient.ts';
import { helloStream, openStream } from '../testing/streamClient.ts';
import { ONE_WORKER, type TestServerOptions, testServer } from '../testing/testServer.ts';
import type { SignedTokenRules } from './signedTokens.ts';

const SECRET = 'a secret of thirty-two characters';
const RULES: SignedTokenRules = {
  keys: { kind: 'key', text: SECRET },
  issuers: [],
  audiences: [],
  scopeClaims: ['scope'],
  scopePrefix: '',
};
const nowS = () => Math.floor(Date.now() / 1_000);
/** @param exp s since 1970 */
const tokenWith = (scope: string, exp = nowS() + 600, sub = 'ann') =>
  new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime(exp)
    .sign(Buffer.from(SECRET));

async function open(t: TestContext, options: TestServerOptions = {}) {
  const server = await testServer(t, { signedTokens: RULES, ...ONE_WORKER, ...options });
  const ask = async (method: string, path: string, token?: string, body?: Uint8Array<ArrayBuffer>) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.url}${path}`, { method, headers, ...(body && { body }) });
    const text = await answer.text();
    return `${answer.status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? 'ok'}`;
  };
  const hello = async (token?: string) => {
    const client = await openStream(server.url);
    client.send({ type: 'hello', ...(token !== undefined && { token }) });
    const { code } = await client.closed;
    return `${code} ${client.messages.map((message) => ('code' in message ? message.code : message.type)).join()}`;
  };
  return { server, ask, hello };
}

test('each scope of a signed token opens what it names, over HTTP and the stream', async (t) => {
  const { server, ask, hello } = await open(t, { token: 'shared-token' });
  const picture = await photo('cat.png');
  const [view, predict, admin] = await Promise.all([
    tokenWith('view'),
    tokenWith('predict'),
    tokenWith('admin'),
  ]);
  const expired = await tokenWith('admin', nowS() - 60);
  const rows: [string | undefined, list: string, picture: string, change: string][] = [
    [view, '200 ok', '403 insufficient_scope', '403 insufficient_scope'],
    [predict, '403 insufficient_scope', '200 ok', '403 insufficient_scope'],
    [admin, '200 ok', '200 ok', '404 not_found'],
    [expired, '401 token_expired', '401 token_expired', '401 token_expired'],
    ['shared-token', '200 ok', '200 ok', '403 forbidden_admin'],
    ['another-token', '401 unauthorized', '401 unauthorized', '401 unauthorized'],
    [undefined, '401 unauthorized', '401 unauthorized', '401 unauthorized'],
  ];
  for (const [token, list, prediction, change] of rows) {
    assert.equal(await ask('GET', '/v1/models', token), list);
    assert.equal(await ask('POST', '/v1/predict', token, picture), prediction);
    assert.equal(await ask('DELETE', '/v1/models/imports/none', token), change);
  }
  for (const token of [view, admin, 'shared-token']) {
    const client = await helloStream(server.url, { token });
    await client.close();
  }
  assert.equal(await hello(predict), '4403 insufficient_scope');
  assert.equal(await hello(expired), '4401 token_expired');
  assert.equal(await hello(), '4401 unauthorized');
  const refused = await fetch(`${server.url}/v1/models`);
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
});

test('G4: a stream whose token expires, or a camera of the relay, is asked to leave; a stream goes on with a new one; with an old one it is refused by that code', async (t) => {
  const { server } = await open(t, { limits: { goAwaySpreadMs: 0 } });
  // The clocks of issuer and server may be 30 s apart: it is good for some seconds more.
  const short = await tokenWith('view', nowS() - 26);
  const raw = await helloStream(server.url, { token: short });
  const camera = await shareCamera(server.url, { token: short });
  assert.equal((await raw.next('goaway')).reason, 'token_expired');
  assert.equal((await camera.next('goaway')).reason, 'token_expired');
  assert.deepEqual(await raw.closed, { code: 4401, reason: 'token_expired' });
  assert.equal(await camera.closed, 4401);

  const tokens = [await tokenWith('view', nowS() - 26), await tokenWith('view')];
  const asked: (string | undefined)[] = [];
  const stream = openClientStream({
    url: server.url,
    token: async () => {
      const token = tokens.shift();
      asked.push(token);
      return token;
    },
    transport: (at, subprotocol) => new WebSocket(at, subprotocol),
  });
  t.after(() => stream.close());
  const { session } = await stream.whenOpen();
  const isOpenAgain = new Promise<void>((resolve) => {
    let wasLost = false;
    stream.onState(({ kind }) => {
      if (kind === 'waiting') wasLost = true;
      if (kind === 'open' && wasLost) resolve();
    });
  });
  await isOpenAgain;
  assert.equal(stream.session, session, 'the session goes on');
  assert.equal(asked.length, 2);

  const old = openClientStream({
    url: server.url,
    token: await tokenWith('view', nowS() - 60),
    transport: (at, subprotocol) => new WebSocket(at, subprotocol),
  });
  await assert.rejects(old.whenOpen(), { code: 'token_expired' });
});

test('limits per token: sessions and frames of one person; others and the session itself go on', async (t) => {
  const { server, hello, ask } = await open(t, {
    limits: { maxSessionsPerToken: 1, maxFramesPerSecondPerToken: 1 },
  });
  const [picture, whole] = [await frameOf('cat.png'), await photo('cat.png')];
  const client = await helloStream(server.url, { token: await tokenWith('view predict') });
  assert.equal(await hello(await tokenWith('view')), '4429 rate_limited');
  const other = await helloStream(server.url, { token: await tokenWith('view', undefined, 'bob') });
  const answers = await Promise.all([client.recognize(picture), client.recognize(picture)]);
  assert.deepEqual(
    answers.map((answer) => (answer.type === 'dropped' ? answer.reason : answer.type)),
    ['labels', 'rate_limited'],
  );
  assert.equal((await client.recognize(picture)).type, 'labels', 'the refusal came when one is taken again');
  assert.equal(await ask('POST', '/v1/predict', await tokenWith('predict'), whole), '429 rate_limited');
  assert.equal(
    await ask('POST', '/v1/predict', await tokenWith('predict', undefined, 'bob'), whole),
    '200 ok',
  );
  const counted = 'livelens_frames_total\\{via="stream",outcome="rate_limited"\\}';
  assert.equal(await metric(server.url, counted), 1);
  await Promise.all([client.close(), other.close()]);
  const again = await helloStream(server.url, { token: await tokenWith('view') });
  await again.close();
});
