import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { RUNTIME_URL } from '../../app/offline/runtimeUrl.ts';
import { httpServer } from '../testing/httpServer.ts';
import { openDevelopmentFiles, SERVICE_WORKER_PATH } from './developmentFiles.ts';
import { LIVE_LENS_PATH } from './liveLensScript.ts';

test('in development the script of <live-lens> is made of the sources', async (t) => {
  const app = new Hono().use('*', await openDevelopmentFiles());
  const { url } = await httpServer(t, getRequestListener(app.fetch));
  const answer = await fetch(url + LIVE_LENS_PATH);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
  const script = await answer.text();
  assert.match(script, /customElements/);
  assert.equal(await (await fetch(url + LIVE_LENS_PATH)).text(), script);
});

test('in development the worker of a built page is replaced by one that removes the page that was kept, and itself', async (t) => {
  const app = new Hono().use('*', await openDevelopmentFiles());
  const { url } = await httpServer(t, getRequestListener(app.fetch));
  const answer = await fetch(url + SERVICE_WORKER_PATH);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  assert.equal((await fetch(`${url}/${RUNTIME_URL}ort.wasm.min.mjs`)).status, 200);

  const kept = new Set([
    'serwist-precache-v2-http://localhost/',
    'serwist-precache-v2-http://localhost/lens/',
    'livelens-models',
    'livelens-runtime',
  ]);
  const did: string[] = [];
  const events = new EventTarget();
  const self = {
    addEventListener: events.addEventListener.bind(events),
    skipWaiting: () => did.push('skipWaiting'),
    registration: { scope: 'http://localhost/', unregister: async () => did.push('unregister') },
    clients: {
      matchAll: async () => [{ url: '/?a', navigate: async (to: string) => did.push(`navigate ${to}`) }],
    },
  };
  const caches = { keys: async () => [...kept], delete: async (name: string) => kept.delete(name) };
  runInNewContext(await answer.text(), { self, caches });
  events.dispatchEvent(new Event('install'));
  let isLeft: Promise<unknown> | undefined;
  const waitUntil = (work: Promise<unknown>) => {
    isLeft = work;
  };
  events.dispatchEvent(Object.assign(new Event('activate'), { waitUntil }));
  await isLeft;
  assert.deepEqual(
    [...kept],
    ['serwist-precache-v2-http://localhost/lens/', 'livelens-models', 'livelens-runtime'],
  );
  assert.deepEqual(did, ['skipWaiting', 'unregister', 'navigate /?a']);
});
