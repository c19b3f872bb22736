import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Hono } from 'hono';
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

test('each page is at its name, with its own policy, and nothing else is', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Livelens</title>');
  await writeFile(path.join(dir, '404.html'), 'Nothing');
  await writeFile(path.join(dir, 'wall.html'), '<script>one()</script>');
  const pages = await openPages(dir);
  const app = new Hono().get('*', pages.files, pages.notFound);
  const answer = await app.request('http://a.example/wall?a=b');
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), '<script>one()</script>');
  assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self' 'sha256-[^ ;]+';/);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  for (const none of ['/wall/a', '/wal', '/walls', '/%2e/index.htm']) {
    assert.equal((await app.request(`http://a.example${none}`)).status, 404, none);
  }
  const slash = await app.request('http://a.example/wall/');
  assert.equal(slash.status, 307);
  assert.equal(slash.headers.get('location'), '../wall');
  const asked = await app.request('http://a.example/wall/?demo');
  assert.equal(asked.headers.get('location'), '../wall?demo');
  for (const nowhere of ['/404', '/_not-found', '/404/', '/index/', '/WALL']) {
    assert.equal((await app.request(`http://a.example${nowhere}`)).status, 404, nowhere);
  }
});

test('a file is served under its exact name alone, whatever names its file system takes for it', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await mkdir(path.join(dir, 'deep'));
  await writeFile(path.join(dir, 'index.html'), 'Home');
  await writeFile(path.join(dir, '404.html'), 'Nothing');
  await writeFile(path.join(dir, 'deep', 'page.html'), '<script>two()</script>');
  const pages = await openPages(dir);
  // A stand-in for a file system without capitals: the name leads to a file, and was not among those listed.
  for (const name of ['INDEX.HTML', 'Index.html', 'deep/PAGE.html']) {
    await writeFile(path.join(dir, name), 'Home').catch(() => {});
  }
  const app = new Hono().get('*', pages.files, pages.notFound);
  const get = (asked: string) => app.request(`http://a.example${asked}`);
  assert.equal(await (await get('/')).text(), 'Home');
  assert.match(
    (await get('/deep/page.html')).headers.get('content-security-policy') ?? '',
    /script-src 'self' 'sha256-/,
  );
  for (const other of [
    '/INDEX.HTML',
    '/Index.html',
    '/deep/PAGE.html',
    '/index.html.',
    '/index.html::$DATA',
  ]) {
    assert.equal((await get(other)).status, 404, other);
  }
});
