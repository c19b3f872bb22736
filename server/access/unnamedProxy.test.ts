import assert from 'node:assert/strict';
import test from 'node:test';
import { recordLog } from '../testing/recordedLog.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { createUnnamedProxyNote } from './unnamedProxy.ts';

const NOTE = 'a proxy seems to stand in front, and TRUST_PROXY is not set';
const forwarded = { headers: { 'X-Forwarded-For': '203.0.113.1' } };

test('a proxy that TRUST_PROXY does not name is logged, once', async (t) => {
  const { log, all } = recordLog();
  const { url } = await testServer(t, ONE_WORKER, log);
  await fetch(`${url}/healthz`);
  assert.equal(all(NOTE).length, 0);
  for (let i = 0; i < 2; i++) await fetch(`${url}/healthz`, forwarded);
  assert.match(String(all(NOTE)[0]?.toChange), /TRUST_PROXY/);
  assert.equal(all(NOTE).length, 1);
  assert.ok(!JSON.stringify(all(NOTE)).includes('203.0.113.1'));
});

test('a proxy that TRUST_PROXY names is not logged', async (t) => {
  const { log, all } = recordLog();
  const { url } = await testServer(
    t,
    { trustProxy: { kind: 'count', count: 1, line: 'all' }, ...ONE_WORKER },
    log,
  );
  await fetch(`${url}/healthz`, forwarded);
  assert.equal(all(NOTE).length, 0);
});

const RENAMED = 'a proxy in front seems to change the name of this server, and TRUST_PROXY is not set';

test('a proxy that passes pages on under another name of the server is logged, once', () => {
  const { log, all } = recordLog();
  const note = createUnnamedProxyNote(log, { trustProxy: { kind: 'none' } });
  const page = { origin: 'https://lens.example', host: 'localhost:3000' };
  // A page of another site, and one of our own that no one renamed.
  note({ headers: { ...page, 'sec-fetch-site': 'cross-site' } });
  note({ headers: { ...page, 'sec-fetch-site': 'same-origin', host: 'LENS.example' } });
  note({ headers: page });
  assert.equal(all(RENAMED).length, 0);
  for (let i = 0; i < 2; i++) note({ headers: { ...page, 'sec-fetch-site': 'same-origin' } });
  assert.equal(all(RENAMED).length, 1);
  assert.match(String(all(RENAMED)[0]?.follows), /need no pairing/);
  assert.ok(!JSON.stringify(all(RENAMED)).includes('lens.example'));
  createUnnamedProxyNote(log, { trustProxy: { kind: 'count', count: 1, line: 'all' } })({
    headers: { ...page, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(all(RENAMED).length, 1);
});
