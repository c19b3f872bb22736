import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { test } from 'node:test';
import { BANDWIDTH } from '../../protocol/bandwidth.ts';
import { CodedError } from '../../protocol/errors.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { readConfig } from '../config/config.ts';
import { testServer } from '../testing/testServer.ts';
import { createBandwidthRoutes } from './bandwidthRoutes.ts';

const EVERYTHING = `?bytes=${BANDWIDTH.maxBytes}`;

test('bandwidth: a download has as many bytes as asked for, which do not compress, and is kept by no one', async (t) => {
  const { url } = await testServer(t);
  const response = await fetch(`${url}${BANDWIDTH.path}?bytes=100000`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('cache-control'), 'no-store, no-transform');
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(bytes.byteLength, 100_000);
  assert.ok(new Set(bytes).size > 200, 'random');
  const all = await fetch(`${url}${BANDWIDTH.path}`);
  assert.equal((await all.arrayBuffer()).byteLength, BANDWIDTH.maxBytes);
});

test('bandwidth: an upload is counted', async (t) => {
  const { url } = await testServer(t);
  const upload = (bytes: number) =>
    fetch(`${url}${BANDWIDTH.path}`, { method: 'POST', body: new Uint8Array(bytes) });
  assert.deepEqual(await (await upload(300_000)).json(), { bytes: 300_000 });
  assert.deepEqual(await (await upload(0)).json(), { bytes: 0 });
});

test('bandwidth: what is no number of bytes, or too many, is a bad request', async (t) => {
  const { url } = await testServer(t);
  for (const bytes of ['0', '-1', '1e3', 'all', '', String(BANDWIDTH.maxBytes + 1)]) {
    const response = await fetch(`${url}${BANDWIDTH.path}?bytes=${bytes}`);
    assert.equal(response.status, 400, bytes);
    assert.equal((await response.json()).error.code, 'bad_request');
  }
  const upload = await fetch(`${url}${BANDWIDTH.path}`, {
    method: 'POST',
    body: new Uint8Array(BANDWIDTH.maxBytes + 1),
  });
  assert.equal(upload.status, 400);
});

test('bandwidth: it needs the token that the server asks for', async (t) => {
  const { url } = await testServer(t, { token: 'let me in, please' });
  assert.equal((await fetch(`${url}${BANDWIDTH.path}`)).status, 401);
  const headers = { Authorization: 'Bearer let me in, please' };
  const allowed = await fetch(`${url}${BANDWIDTH.path}?bytes=1`, { headers });
  assert.equal((await allowed.arrayBuffer()).byteLength, 1);
});

test('bandwidth: an address has two at once; a measurement that is given up makes room', async (t) => {
  const { url } = await testServer(t);
  // Uploads that do not come to their end: a download may fit into the buffers of a system as a whole, and is over then.
  const unfinished = await Promise.all(
    [1, 2].map(async () => {
      const headers = { 'Content-Length': BANDWIDTH.maxBytes, Expect: '100-continue' };
      const upload = request(`${url}${BANDWIDTH.path}`, { method: 'POST', headers });
      upload.on('error', () => {});
      upload.flushHeaders();
      await once(upload, 'continue');
      return upload;
    }),
  );
  const third = await fetch(`${url}${BANDWIDTH.path}${EVERYTHING}`);
  assert.equal(third.status, 503);
  assert.equal((await third.json()).error.code, 'server_busy');
  for (const upload of unfinished) upload.destroy();
  for (;;) {
    const { status, body } = await fetch(`${url}${BANDWIDTH.path}?bytes=1`);
    await body?.cancel();
    if (status === 200) break;
    assert.equal(status, 503);
  }
});

test('bandwidth: a download that is read too slowly ends, and makes room', async (t) => {
  const { url } = await testServer(t, { limits: { requestTimeoutMs: 600, stalledMs: 600_000 } });
  const unread = await Promise.all(
    [1, 2].map(async () => {
      const request = get(`${url}${BANDWIDTH.path}${EVERYTHING}`);
      request.on('error', () => {});
      const [response] = await once(request, 'response');
      response.on('error', () => {});
      return request;
    }),
  );
  for (;;) {
    const { status, body } = await fetch(`${url}${BANDWIDTH.path}?bytes=1`);
    await body?.cancel();
    if (status === 200) break;
    assert.equal(status, 503);
  }
  for (const request of unread) request.destroy();
});

test('bandwidth: another method is refused, and takes no place of those that measure', async (t) => {
  const { url } = await testServer(t);
  const unread = get(`${url}${BANDWIDTH.path}${EVERYTHING}`);
  await once(unread, 'response');
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${url}${BANDWIDTH.path}`, { method: 'DELETE' });
    assert.equal(response.status, 405);
    assert.equal((await response.json()).error.code, 'method_not_allowed');
  }
  unread.destroy();
});

test('bandwidth: while the server stops, no measurement is begun', async () => {
  const { limits } = readConfig({}, { root: process.cwd() });
  const routes = createBandwidthRoutes({ limits, trustProxy: { kind: 'none' }, isDraining: () => true });
  routes.onError((error, c) => {
    assert.ok(error instanceof CodedError);
    return c.json({ code: error.code, ...sentenceOf(error.text) });
  });
  for (const method of ['GET', 'POST']) {
    const answer = await (await routes.request('/', { method })).json();
    assert.deepEqual(answer, { code: 'restarting', sentence: { code: 'server_restarts' } });
  }
});
