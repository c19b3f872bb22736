import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { pino } from 'pino';
import { givenModel } from '../../app/device/library/deviceFixtures.ts';
import { CodedError, ERRORS } from '../../protocol/errors.ts';
import { createDeviceRoutes } from '../http/deviceRoutes.ts';
import { httpServer } from '../testing/httpServer.ts';
import { createConcurrencyLimit } from './concurrencyLimit.ts';

test('slots are limited in all and for each address, and are released once', () => {
  const limit = createConcurrencyLimit({ max: 3, maxPerAddress: 2 });
  const [first, second] = [limit.acquire('a'), limit.acquire('a')];
  assert.ok(first && second);
  assert.equal(limit.acquire('a'), undefined);
  assert.ok(limit.acquire('b'));
  assert.equal(limit.acquire('c'), undefined);
  first();
  first();
  assert.equal(limit.inFlight, 2);
  assert.ok(limit.acquire('c'));
  assert.equal(limit.acquire('a'), undefined);
});

/** Routes for one small model whose file is looked for until `letLook` is called; behind a proxy that names addresses. */
async function slowRoutes(t: TestContext) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'livelens-limit-'));
  t.after(() => rm(dir, { recursive: true }));
  const { model, files } = givenModel('birds', '1');
  const { sha256 } = model.graph;
  const graphFile = path.join(dir, 'model.onnx');
  await writeFile(graphFile, files.get(sha256) ?? '');
  const { manifest, version, labels } = model;
  const folder = { dir, manifestFile: '', manifest, version, labels, graphFiles: { main: graphFile } };
  const serving = { ...folder, graphFiles: { main: path.join(dir, 'gone') } };
  let letLook = () => {};
  const gate = new Promise<void>((resolve) => {
    letLook = resolve;
  });
  const routes = createDeviceRoutes({
    models: { find: () => serving, forDevices: () => serving, goldenAnswers: () => new Map() },
    store: { kept: () => gate.then(() => [folder]) },
    halves: { of: async () => ({}), soon: async () => ({}), find: async () => undefined },
    log: pino({ level: 'silent' }),
    isDraining: () => false,
    trustProxy: { kind: 'count', count: 1, line: 'all' },
  });
  const app = new Hono<{ Bindings: HttpBindings }>().route('/', routes);
  app.onError((error, c) => c.body(null, error instanceof CodedError ? ERRORS[error.code].http : 500));
  const listener = getRequestListener(app.fetch);
  let requests = 0;
  let closed = 0;
  let onCount = () => {};
  const { url } = await httpServer(t, (request, response) => {
    requests += 1;
    response.once('close', () => {
      closed += 1;
      onCount();
    });
    listener(request, response);
    onCount();
  });
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      onCount = () => isSo() && resolve();
      onCount();
    });
  return {
    letLook,
    /** A request of a file that is not waited for. */
    ask(address: string) {
      const headers = { 'X-Forwarded-For': address };
      return get(`${url}/birds/files/${sha256}`, { agent: false, headers }).on('error', () => {});
    },
    whenAsked: (count: number) => until(() => requests === count),
    whenClosed: (count: number) => until(() => closed === count),
  };
}

test('devices that hang up while their file is looked for leave no download behind', async (t) => {
  const { ask, letLook, whenAsked, whenClosed } = await slowRoutes(t);
  // In rounds, as no more may wait at once.
  for (let round = 1; round <= 5; round += 1) {
    const requests = Array.from({ length: 50 }, () => ask('10.0.0.1'));
    await whenAsked(round * 50);
    for (const request of requests) request.destroy();
    await whenClosed(round * 50);
  }
  letLook();
  // Those before it have found their file by the time that this one has.
  for (const _ of [1, 2]) {
    const [response] = await once(ask('10.0.0.1'), 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
    await once(response, 'end');
  }
});

test('one address leaves room for the downloads of others', async (t) => {
  const { ask, letLook, whenAsked } = await slowRoutes(t);
  const waiting = Array.from({ length: 60 }, () => ask('10.0.0.1'));
  await whenAsked(60);
  const [refused] = await once(ask('10.0.0.1'), 'response');
  assert.equal(refused.statusCode, 503);
  const another = once(ask('10.0.0.2'), 'response');
  letLook();
  const [response] = await another;
  assert.equal(response.statusCode, 200);
  response.resume();
  for (const request of waiting) request.destroy();
});
