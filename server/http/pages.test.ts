import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { httpServer } from '../testing/httpServer.ts';
import { openPages } from './pages.ts';

test('the page of what is not there finds its styles and the way home at any depth', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Livelens</title>');
  await writeFile(path.join(dir, '404.html'), '<link href="./a.css"/><a href="./">Home</a><p>"./"</p>');
  const pages = await openPages(dir);
  const app = new Hono().get('*', pages.notFound);
  for (const [asked, root] of [
    ['/nowhere', './'],
    ['/lens/', '../'],
    ['/a/b/c?d=/e/', '../../'],
    ['/a//b', '../../'],
    [`/${'x/'.repeat(1_000)}`, '../'.repeat(32)],
  ] as const) {
    const answer = await app.request(`http://a.example${asked}`);
    assert.equal(answer.status, 404);
    assert.equal(await answer.text(), `<link href="${root}a.css"/><a href="${root}">Home</a><p>"./"</p>`);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
  }
});

test('a page besides the first is at its name, with a policy of its own, and without a slash at its end', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Livelens</title>');
  await writeFile(path.join(dir, '404.html'), '<!doctype html><title>Not found</title>');
  await writeFile(path.join(dir, 'screen.html'), '<!doctype html><script>screen = 1</script>');
  const pages = await openPages(dir);
  const app = new Hono().use('*', pages.files).get('*', pages.notFound);
  const { url } = await httpServer(t, getRequestListener(app.fetch));
  const page = await fetch(`${url}/screen?x=1`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /screen = 1/);
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self' 'sha256-/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const slash = await fetch(`${url}/screen/`, { redirect: 'manual' });
  assert.equal(slash.status, 307);
  assert.equal(slash.headers.get('location'), '../screen');
  for (const nowhere of ['/screens', '/404/', '/index/', '/screen/x']) {
    assert.equal((await fetch(`${url}${nowhere}`)).status, 404, nowhere);
  }
});
