import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { bundleLiveLens } from './bundleLiveLens.ts';
import { LIVE_LENS_PATH } from './liveLensScript.ts';

/** What a page of someone else loads, minified and gzipped, all that the element needs. README of the client says it. */
const MAX_GZIPPED_BYTES = 26_000;

test('the script of <live-lens> is one small file, for pages of allowed origins, below a path too', async (t) => {
  const pagesDir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(pagesDir, { recursive: true }));
  await writeFile(path.join(pagesDir, LIVE_LENS_PATH), await bundleLiveLens());
  for (const name of ['index.html', '404.html'])
    await writeFile(path.join(pagesDir, name), '<!doctype html>');
  const script = await readFile(path.join(pagesDir, 'live-lens.js'), 'utf8');
  const bytes = gzipSync(script, { level: 9 }).byteLength;
  t.diagnostic(`${bytes} bytes gzipped`);
  assert.ok(bytes <= MAX_GZIPPED_BYTES, `${bytes} bytes`);
  // Strict policies forbid both, and a second file would have to be allowed as well.
  assert.doesNotMatch(script, /\beval\(|new Function\(|\bimport\(|new Worker\(|from"/);

  const allowedOrigins = ['https://app.example'];
  const server = await testServer(t, { ...ONE_WORKER, pagesDir, allowedOrigins, basePath: '/lens' });
  const get = (headers: Record<string, string>) => fetch(`${server.url}/live-lens.js`, { headers });
  const answer = await get({ Origin: 'https://app.example' });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), script);
  assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/i);
  assert.match(answer.headers.get('content-type') ?? '', /javascript/);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  const tag = answer.headers.get('etag');
  assert.ok(tag);
  const again = await get({ Origin: 'https://app.example', 'If-None-Match': tag });
  assert.deepEqual([again.status, await again.text()], [304, '']);
  assert.equal(again.headers.get('access-control-allow-origin'), 'https://app.example');
  const other = await get({ Origin: 'https://other.example' });
  assert.equal(other.headers.get('access-control-allow-origin'), null);
});
