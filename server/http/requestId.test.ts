import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { readTrustedProxies } from '../access/trustedProxies.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { loggedPath, nameRequest, requestIdOf } from './requestId.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Sends a request to a server that trusts this, and gives the name in the answer. */
async function nameFor(t: test.TestContext, trust: string, given: string | undefined) {
  const trustProxy = readTrustedProxies(trust);
  assert.ok(trustProxy);
  const { log, nth } = recordLog();
  const server = createServer((request, response) => {
    nameRequest(request, response, { trustProxy, log, nowMs: () => performance.now() });
    response.writeHead(418, { 'X-Own': requestIdOf(request) }).end();
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/path?token=secret`;
  const answer = await fetch(url, { headers: given === undefined ? {} : { 'X-Request-Id': given } });
  const name = answer.headers.get('x-request-id') ?? '';
  assert.equal(answer.headers.get('x-own'), name);
  const { ms, ...line } = await nth('request', 1);
  assert.equal(typeof ms, 'number');
  assert.deepEqual(line, { request: name, method: 'GET', path: '/a/path', status: 418, isWhole: true });
  return name;
}

test("a request gets a name; a trusted proxy's is kept", async (t) => {
  assert.match(await nameFor(t, '0', undefined), UUID);
  for (const given of ['7a1f-000000001', '105445aa7843bc8bf206b12000100000/1;o=1'.slice(0, 34)]) {
    assert.equal(await nameFor(t, '1', given), given);
    assert.equal(await nameFor(t, '127.0.0.1', given), given);
  }
});

test('the word of a client, or of another proxy, is not taken; nor what could forge a line', async (t) => {
  assert.match(await nameFor(t, '0', '7a1f-000000001'), UUID);
  assert.match(await nameFor(t, '10.0.0.0/8', '7a1f-000000001'), UUID);
  for (const given of [
    'short',
    'x'.repeat(129),
    'a b c d e f g',
    '"},{"level":60',
    'zwölf-zeichen'.replace('ö', '\u00f6'),
  ]) {
    assert.match(await nameFor(t, '1', given), UUID, given);
  }
});

test('ids of collections of taught things are in no line: one that a link opens has nothing else to keep it', () => {
  assert.equal(loggedPath('/v1/things/ours-abc/samples/1'), '/v1/things/…/samples/1');
  assert.equal(loggedPath('/v2/models/things:ours-abc/infer'), '/v2/models/things:…/infer');
  assert.equal(loggedPath('/v2/models/things%3Aours-abc/infer'), '/v2/models/things%3A…/infer');
  assert.equal(loggedPath('/v1/models/coco-ssd/manifest'), '/v1/models/coco-ssd/manifest');
});
