import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { LITERT_URL, RUNTIME_URL } from '../../app/offline/runtimeUrl.ts';
import { httpServer } from '../testing/httpServer.ts';
import { openPages } from './pages.ts';
import { findRuntimes, openRuntimeFiles } from './runtimeFiles.ts';

const WORKER_POLICY = /script-src 'self' 'wasm-unsafe-eval'/;

type Get = (path: string, init?: RequestInit) => Promise<Response>;

async function serve(t: TestContext, app: Hono): Promise<Get> {
  const { url } = await httpServer(t, getRequestListener(app.fetch));
  return (path, init) => fetch(url + path, init);
}

async function builtPages(t: TestContext): Promise<Get> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Livelens</title>');
  await writeFile(path.join(dir, '404.html'), '<!doctype html><title>Not found</title>');
  const runtime = path.join(dir, RUNTIME_URL);
  await mkdir(runtime, { recursive: true });
  await writeFile(path.join(runtime, 'ort.wasm.min.mjs'), 'export default 1;');
  await writeFile(path.join(runtime, 'ort.wasm.min.mjs.br'), brotliCompressSync('export default 1;'));
  await writeFile(path.join(runtime, 'a.wasm'), Uint8Array.of(0, 0x61, 0x73, 0x6d));
  const pages = await openPages(dir);
  return serve(t, new Hono().use('*', pages.files).get('*', pages.notFound));
}

test('scripts carry a policy that lets workers compile WebAssembly, and nothing else does', async (t) => {
  const get = await builtPages(t);
  for (const encoding of ['identity', 'br']) {
    const script = await get(`/${RUNTIME_URL}ort.wasm.min.mjs`, {
      headers: { 'Accept-Encoding': encoding },
    });
    assert.equal(script.headers.get('content-encoding'), encoding === 'br' ? 'br' : null);
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/);
    assert.match(script.headers.get('content-security-policy') ?? '', WORKER_POLICY);
  }
  const page = await get('/');
  assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /wasm/);
  const wasm = await get(`/${RUNTIME_URL}a.wasm`);
  assert.equal(wasm.headers.get('content-type'), 'application/wasm');
  assert.equal(wasm.headers.get('content-security-policy'), null);
});

test('the runtime is kept for good, and that a file of it is missing is not', async (t) => {
  const get = await builtPages(t);
  const found = await get(`/${RUNTIME_URL}a.wasm`);
  assert.match(found.headers.get('cache-control') ?? '', /immutable/);
  const missing = await get('/runtime/9.9.9/a.wasm');
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get('cache-control'), 'no-cache');
});

test('in development the runtimes come from their packages, and nothing else of these', async (t) => {
  const get = await serve(t, new Hono().use('*', await openRuntimeFiles()));
  for (const { folder, files } of await findRuntimes()) {
    for (const file of files) {
      const { status, headers } = await get(`/runtime/${folder}/${file}`, { method: 'HEAD' });
      assert.equal(status, 200, file);
      assert.equal(WORKER_POLICY.test(headers.get('content-security-policy') ?? ''), /js$/.test(file));
    }
  }
  const others = ['ort.all.min.mjs', '../package.json', ''].map((file) => RUNTIME_URL + file);
  for (const other of [...others, `${LITERT_URL}litert_wasm_jspi_internal.js`]) {
    assert.equal((await get(`/${other}`)).status, 404, other);
  }
});
