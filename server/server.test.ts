import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { copyShipped } from './testing/modelFixtures.ts';
import { ONE_WORKER, testServer } from './testing/testServer.ts';

async function modelsDir(t: test.TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('a server without a model that can serve is never ready, and says why', async (t) => {
  const dir = await modelsDir(t);
  await copyShipped(path.join(dir, 'coco-ssd'));
  await writeFile(path.join(dir, 'coco-ssd', 'model.onnx'), 'not a graph');
  await assert.rejects(
    testServer(t, { modelsDir: dir, ...ONE_WORKER }),
    /No model .* can serve.*coco-ssd.*SHA-256/s,
  );
});

test('a server stops in order though its record for commands cannot be removed', async (t) => {
  const configDir = await modelsDir(t);
  const server = await testServer(t, { configDir, ...ONE_WORKER });
  const records = path.join(configDir, 'servers');
  await rm(records, { recursive: true });
  await writeFile(records, 'no folder any more');
  await server.close();
  assert.deepEqual(server.workerPids, []);
});

test('a broken model folder is skipped, and the others serve', async (t) => {
  const dir = await modelsDir(t);
  await copyShipped(path.join(dir, 'coco-ssd'));
  await copyShipped(path.join(dir, 'broken'));
  const server = await testServer(t, { modelsDir: dir, ...ONE_WORKER });
  const { models } = await (await fetch(`${server.url}/v1/models`)).json();
  assert.deepEqual(
    models.map(({ id, state }: { id: string; state: string }) => [id, state]),
    [
      ['coco-ssd', 'live'],
      ['broken', 'broken'],
    ],
  );
  assert.match(models[1].problem, /must be the name of its folder/);
  const ready = await (await fetch(`${server.url}/readyz`)).json();
  assert.equal(ready.models.length, 1);
});
