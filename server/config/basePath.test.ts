import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { createHttpClient } from '../../client/http/httpClient.ts';
import { Prediction } from '../../protocol/messages.ts';
import { photo } from '../testing/media.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { removeBasePath } from './basePath.ts';
import { readConfig } from './config.ts';

function removed(url: string, basePath: string): string {
  const request = { url };
  const page = removeBasePath(request, basePath);
  return page === undefined ? request.url : `to ${page}`;
}

test('the base path is taken off, and an address without it stays', () => {
  assert.equal(removed('/lens/', '/lens'), '/');
  assert.equal(removed('/lens/v1/models?x=/lens/', '/lens'), '/v1/models?x=/lens/');
  assert.equal(removed('/lens/lens/', '/lens'), '/lens/');
  assert.equal(removed('/a/b/healthz', '/a/b'), '/healthz');
  assert.equal(removed('/lens//evil.example/', '/lens'), '//evil.example/');
  assert.equal(removed('/healthz', '/lens'), '/healthz');
  assert.equal(removed('/lenses/', '/lens'), '/lenses/');
  assert.equal(removed('/', ''), '/');
});

test('the base path alone leads to itself with a slash, query and all', () => {
  assert.equal(removed('/lens', '/lens'), 'to /lens/');
  assert.equal(removed('/lens?a=b&c', '/lens'), 'to /lens/?a=b&c');
});

const configOf = (value: string, development = false) =>
  readConfig({ BASE_PATH: value }, { root: '/', development });

test('BASE_PATH is a path with a slash in front and none at its end; an error names it', () => {
  for (const good of ['/lens', '/a/b-c/d_e~1', '/User/3000']) assert.equal(configOf(good).basePath, good);
  for (const root of ['', '/', ' / ']) assert.equal(configOf(root).basePath, '');
  const wrong = [
    'lens',
    '/lens/',
    '//lens',
    '/a//b',
    '/a/../b',
    '/.',
    '/a.b',
    '/a%20b',
    '/a b',
    '/a?b',
    '/ä',
    'https://a.example/lens',
  ];
  for (const value of wrong)
    assert.throws(() => configOf(value), /BASE_PATH: a path such as \/lens expected/, value);
  assert.throws(() => configOf('/lens', true), /BASE_PATH: not available in development/);
});

test('below a base path everything is there, and without it too', async (t) => {
  const server = await testServer(t, { basePath: '/lens', ...ONE_WORKER });
  assert.equal(server.url, `http://localhost:${server.port}/lens`.replace('localhost', '127.0.0.1'));
  const root = server.url.replace('/lens', '');
  for (const base of [server.url, root]) {
    for (const at of ['/', '/healthz', '/readyz', '/metrics', '/v1/models', '/v1/models/coco-ssd/device']) {
      assert.equal((await fetch(base + at)).status, 200, base + at);
    }
    const picture = await photo('cat.png');
    const answer = await fetch(`${base}/v1/predict`, { method: 'POST', body: picture });
    assert.equal(v.parse(Prediction, await answer.json()).labels[0]?.label, 'cat');
    const stream = await helloStream(base);
    await stream.close();
    const { models } = await createHttpClient({ url: `${base}/` }).models();
    assert.equal(models[0]?.id, 'coco-ssd');
  }
  const bare = await fetch(`${server.url}?a=b`, { redirect: 'manual' });
  assert.deepEqual([bare.status, bare.headers.get('location')], [307, '/lens/?a=b']);
  assert.equal((await fetch(`${server.url}es/`)).status, 404);
});
