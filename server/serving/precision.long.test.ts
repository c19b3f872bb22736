import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ServedModel } from '../../protocol/providers.ts';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { photo } from '../testing/media.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { ADMIN_TOKEN, AS_ADMIN, testServer } from '../testing/testServer.ts';
import { activatedPair, shippedPair } from '../testing/versionPairs.ts';

const CHOICE = 'choice between float32 and int8';

async function serverWith(
  t: TestContext,
  modelsDir: string,
  configDir: string,
  more: { precision?: 'int8' | 'float32' } = {},
) {
  const log = recordLog();
  const server = await testServer(
    t,
    { modelsDir, configDir, adminToken: ADMIN_TOKEN, providers: [], workers: { count: 1 }, ...more },
    log.log,
  );
  const get = async (where: string) =>
    (await fetch(`${server.url}/v1/${where}`, { headers: AS_ADMIN })).json();
  const model = async (): Promise<ServedModel> => (await get('models')).models[0];
  const predict = async () => {
    const body = await photo('cup.png');
    return (await (await fetch(`${server.url}/v1/predict`, { method: 'POST', body })).json()).labels[0].label;
  };
  return { server, log, get, model, predict };
}

test('float32 serves first; the int8 version takes over where it wins, is told and remembered, and browsers keep float32', async (t) => {
  const { modelsDir, float, int8 } = await shippedPair(t);
  const configDir = await temporaryFolder(t);
  const first = await serverWith(t, modelsDir, configDir);
  const before = await first.model();
  assert.deepEqual([before.version, before.precision?.state], [float, 'waiting']);
  const line = await first.log.nth(CHOICE, 1);
  assert.deepEqual([line.state, line.serves, line.model], ['faster', 'int8', 'coco-ssd']);
  const after = await first.model();
  assert.equal(after.version, int8);
  assert.ok((after.precision?.int8Ms ?? 0) < (after.precision?.floatMs ?? 0));
  assert.equal(after.precision?.live, float);
  assert.equal(await first.predict(), 'cup');
  assert.equal((await first.get('status')).models[0].precision.serves, 'int8');
  const device = await first.get('models/coco-ssd/device');
  assert.equal(device.version, float);
  const graph = await fetch(`${first.server.url}/v1/models/coco-ssd/files/${device.graph.sha256}`);
  assert.equal(graph.status, 200);
  await graph.arrayBuffer();
  await first.server.close();

  const again = await serverWith(t, modelsDir, configDir);
  assert.equal((await again.model()).version, int8, 'from the start');
  const { floatMs } = await again.log.nth(CHOICE, 1);
  assert.equal(floatMs, after.precision?.floatMs, 'no second race');
  await again.server.close();

  const byHand = await serverWith(t, modelsDir, configDir, { precision: 'float32' });
  await byHand.log.nth(CHOICE, 1);
  const { version, precision } = await byHand.model();
  assert.deepEqual([version, precision?.state, precision?.serves], [float, 'chosen', 'float32']);
});

test('an int8 version that fails its goldens on this machine never serves', async (t) => {
  const { modelsDir, dir, float } = await shippedPair(t);
  await cp(path.join(dir, 'goldens'), path.join(dir, 'int8/goldens'), { recursive: true });
  const file = path.join(dir, 'int8/manifest.json');
  const manifest = await readFile(file, 'utf8');
  await writeFile(file, manifest.replaceAll('"goldens/', '"int8/goldens/'));
  const golden = path.join(dir, 'int8/goldens/cup.json');
  await writeFile(golden, (await readFile(golden, 'utf8')).replaceAll('"cup"', '"toaster"'));
  const { log, model } = await serverWith(t, modelsDir, await temporaryFolder(t));
  const { state, serves, why } = await log.nth(CHOICE, 1);
  assert.deepEqual([state, serves], ['refused', 'float32']);
  assert.match(String(why), /recorded pictures? differ/);
  assert.equal((await model()).version, float);
});

test('of an int8 version that was made live and is slower here, float32 serves; without float32 nothing is raced', async (t) => {
  const { modelsDir, dir, store, float, int8 } = await activatedPair(t);
  const configDir = await temporaryFolder(t);
  const { server, log, model, get } = await serverWith(t, modelsDir, configDir);
  assert.equal((await model()).version, float, 'before any race');
  const line = await log.nth(CHOICE, 1);
  assert.deepEqual([line.state, line.serves, line.live], ['slower', 'float32', int8]);
  assert.equal((await get('models/coco-ssd/device')).version, float);
  // Going back is of what was made live.
  const back = await fetch(`${server.url}/v1/models/coco-ssd/rollback`, {
    method: 'POST',
    headers: AS_ADMIN,
  });
  assert.equal(back.status, 200);
  const { version, precision } = await model();
  assert.deepEqual([version, precision], [float, undefined]);
  await server.close();

  await store.rollback('coco-ssd', { version: int8 });
  await rm(path.join(dir, 'versions', float), { recursive: true });
  const alone = await serverWith(t, modelsDir, configDir);
  const told = await alone.log.nth(CHOICE, 1);
  assert.deepEqual([told.state, told.serves], ['alone', 'int8']);
  assert.equal((await alone.model()).version, int8);
});
