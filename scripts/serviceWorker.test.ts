import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { policiesOf } from '../server/http/pages.ts';
import { precacheEntries } from './serviceWorker.ts';

const CHUNK = '_next/static/chunks/0a1b2c.js';

async function givenPages(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  t.after(() => rm(dir, { recursive: true }));
  await mkdir(path.join(dir, path.dirname(CHUNK)), { recursive: true });
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Livelens</title>');
  await writeFile(path.join(dir, 'icon.svg'), '<svg/>');
  await writeFile(path.join(dir, CHUNK), 'postMessage(1);');
  return dir;
}

/** Which of the entries the second has with another revision. */
async function changed(one: ReturnType<typeof precacheEntries>, other: typeof one): Promise<string[]> {
  const before = new Map((await one).map(({ url, revision }) => [url, revision]));
  return (await other).filter(({ url, revision }) => before.get(url) !== revision).map(({ url }) => url);
}

test('the same pages with the same headers give the same list', async (t) => {
  const dir = await givenPages(t);
  assert.deepEqual(await precacheEntries(dir), await precacheEntries(dir));
});

test('what is served with other headers is fetched again, also where its name has a hash', async (t) => {
  const dir = await givenPages(t);
  const before = precacheEntries(dir);
  const after = precacheEntries(dir, (file, content) => {
    const policies = policiesOf(file, content);
    return file.endsWith('.js') ? { ...policies, 'Content-Security-Policy': "default-src 'none'" } : policies;
  });
  assert.deepEqual(await changed(before, after), [CHUNK]);
});

test('of other content, that alone is fetched again', async (t) => {
  const dir = await givenPages(t);
  const before = await precacheEntries(dir);
  await writeFile(path.join(dir, 'icon.svg'), '<svg></svg>');
  assert.deepEqual(await changed(Promise.resolve(before), precacheEntries(dir)), ['icon.svg']);
});

test('all pages are kept, each at its address; what says that there is nothing is not', async (t) => {
  const dir = await givenPages(t);
  for (const name of ['doctor', '404', '_not-found']) {
    await writeFile(path.join(dir, `${name}.html`), `<!doctype html><title>${name}</title>`);
  }
  const urls = (await precacheEntries(dir)).map(({ url }) => url);
  assert.deepEqual(urls.sort(), ['./', CHUNK, 'doctor', 'icon.svg']);
});

test('the source of a worker, which no page loads, is not kept', async (t) => {
  const dir = await givenPages(t);
  const media = '_next/static/media';
  await mkdir(path.join(dir, media), { recursive: true });
  await writeFile(path.join(dir, media, 'encode.worker.0a1b2c.ts'), 'postMessage(1);');
  await writeFile(path.join(dir, media, 'cup.0a1b2c.jpg'), 'a photo');
  const urls = (await precacheEntries(dir)).map(({ url }) => url);
  assert.deepEqual(urls, [CHUNK, `${media}/cup.0a1b2c.jpg`, 'icon.svg', './']);
});
