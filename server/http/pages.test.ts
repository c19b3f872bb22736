import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Hono } from 'hono';
import { testServer } from '../testing/testServer.ts';
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

test('each page is at its name, with the policy of its own scripts; what says that there is nothing is no page', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  const html = (words: string) => `<!doctype html><p>${words}</p><script>${words}()</script>`;
  for (const name of ['index', 'doctor', '404', '_not-found']) {
    await writeFile(path.join(dir, `${name}.html`), html(name));
  }
  const { url } = await testServer(t, { pagesDir: dir });
  const policies = new Set<string>();
  for (const [asked, name] of [
    ['/', 'index'],
    ['/doctor', 'doctor'],
    ['/doctor?again', 'doctor'],
    ['/doctor.html', 'doctor'],
  ] as const) {
    const answer = await fetch(`${url}${asked}`);
    assert.equal(answer.status, 200, asked);
    assert.equal(await answer.text(), html(name));
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self' 'sha256-/);
    policies.add(policy);
  }
  assert.equal(policies.size, 2);
  for (const asked of ['/404', '/_not-found', '/doctor/', '/DOCTOR', '/doctor/deeper']) {
    assert.equal((await fetch(`${url}${asked}`)).status, 404, asked);
  }
});
