import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import sharp from 'sharp';
import { freePort } from '../../../e2e/harness/freePort.ts';
import { addColourModel, modelsDirectory } from '../../testing/modelFixtures.ts';
import { startServerProcess } from '../../testing/serverProcess.ts';
import {
  ADMIN_TOKEN,
  AS_ADMIN,
  ONE_WORKER,
  type TestServerOptions,
  testServer,
} from '../../testing/testServer.ts';

const ROOT = process.cwd();

/** A picture of one colour. */
const solid = (background: string) =>
  sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .png()
    .toBuffer();

async function temporary(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-platform-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const post = (url: string, body: BodyInit | object, headers: Record<string, string> = {}) =>
  fetch(
    url,
    body instanceof Uint8Array
      ? { method: 'POST', body: new Uint8Array(body), headers }
      : {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
        },
  );

test('the model in the folder of a platform serves: a model of ours, or an ONNX file that is imported', async (t) => {
  const made = await temporary(t);
  await addColourModel(made, 'image-classification');
  const onnx = await temporary(t);
  await cp(path.join(ROOT, 'server/import/fixtures/c1-hf-multilabel'), onnx, { recursive: true });
  for (const [folder, expected] of [
    [path.join(made, 'colours'), ['colours']],
    [made, ['colours']],
    [onnx, [/./]],
  ] as const) {
    const before = await readdir(folder);
    const port = await freePort();
    await startServerProcess(t, {
      env: { AZUREML_MODEL_DIR: folder, PORT: String(port), HOST: '127.0.0.1', WORKERS: '1' },
    });
    const { models } = await (await fetch(`http://127.0.0.1:${port}/v1/models`)).json();
    const ids: string[] = models.map(({ id }: { id: string }) => id);
    assert.equal(ids.length, 1);
    assert.match(ids[0] ?? '', new RegExp(expected[0]));
    const answer = await post(`http://127.0.0.1:${port}/score`, await solid('green'));
    assert.equal(answer.status, 200);
    if (expected[0] === 'colours') assert.equal((await answer.json()).labels[0].label, 'green');
    assert.deepEqual(await readdir(folder), before, 'the folder of the platform is left as it is');
  }
});

/** A server in a multi-model endpoint, and a folder with a model that it can load. */
async function multiModel(t: TestContext, options: TestServerOptions = {}) {
  const root = await temporary(t);
  await addColourModel(root, 'image-classification');
  const server = await testServer(t, {
    ...ONE_WORKER,
    modelsDir: await modelsDirectory(t),
    contracts: { sagemaker: { multiModel: { root } } },
    ...options,
  });
  const loading = { model_name: 'a/name of SageMaker’s', url: path.join(root, 'colours') };
  return { url: server.url, root, loading };
}

test('a multi-model endpoint: models are loaded, listed, asked and unloaded by the names of the platform', async (t) => {
  const { url, root, loading } = await multiModel(t);
  const at = `${url}/models/${encodeURIComponent(loading.model_name)}`;
  const entry = { modelName: loading.model_name, modelUrl: loading.url };
  const green = await solid('green');
  assert.equal((await post(`${at}/invoke`, green)).status, 404);
  const [load, same] = await Promise.all([post(`${url}/models`, loading), post(`${url}/models`, loading)]);
  assert.deepEqual([load.status, same.status].sort(), [200, 409]);
  assert.equal((await post(`${url}/models`, loading)).status, 409);
  assert.deepEqual(await (await fetch(`${url}/models`)).json(), { models: [entry] });
  assert.deepEqual(await (await fetch(at)).json(), entry);
  const answer = await post(`${at}/invoke`, green, { 'X-Amzn-SageMaker-Target-Model': 'colours.tar.gz' });
  assert.equal((await answer.json()).labels[0].label, 'green');
  // The default is the server's own model still.
  assert.match((await (await post(`${url}/invocations`, green)).json()).model, /^coco-ssd@/);
  assert.equal((await fetch(at, { method: 'DELETE' })).status, 200);
  for (const gone of [fetch(at), fetch(at, { method: 'DELETE' }), post(`${at}/invoke`, green)]) {
    assert.equal((await gone).status, 404);
  }
  assert.deepEqual(await (await fetch(`${url}/models`)).json(), { models: [] });
  assert.equal((await post(`${url}/models`, loading)).status, 200, 'it is loaded again');

  const bad: [body: object, status: number][] = [
    [{ model_name: 'm' }, 400],
    [{ model_name: '', url: loading.url }, 400],
    [{ model_name: 'm', url: 'relative' }, 400],
    [{ model_name: 'm', url: path.join(root, 'none') }, 400],
    [{ model_name: 'm', url: path.join(ROOT, 'models', 'coco-ssd') }, 400],
    [{ model_name: 'm', url: root }, 400],
  ];
  for (const [body, status] of bad) {
    const refused = await post(`${url}/models`, body);
    assert.equal(refused.status, status, JSON.stringify(body));
    assert.equal(typeof (await refused.json()).error.message, 'string');
  }
  const evil = await post(`${url}/models`, loading, { Origin: 'https://evil.example' });
  assert.equal(evil.status, 403);
});

test('a multi-model endpoint without memory for one more model says 507', async (t) => {
  const { url, loading } = await multiModel(t, { models: { maxMemoryBytes: 1, maxSlowdown: 1_000 } });
  const refused = await post(`${url}/models`, loading);
  assert.deepEqual([refused.status, (await refused.json()).error.code], [507, 'no_memory']);
  assert.deepEqual(await (await fetch(`${url}/models`)).json(), { models: [] });
});

test('elsewhere the same paths take proof, and then any folder', async (t) => {
  const { url, loading } = await multiModel(t, { contracts: { sagemaker: {} }, adminToken: ADMIN_TOKEN });
  assert.equal((await post(`${url}/models`, loading)).status, 403);
  assert.equal((await post(`${url}/models`, loading, AS_ADMIN)).status, 200);
  const at = `${url}/models/${encodeURIComponent(loading.model_name)}`;
  assert.equal((await fetch(at, { method: 'DELETE' })).status, 403);
  assert.equal((await fetch(at, { method: 'DELETE', headers: AS_ADMIN })).status, 200);
});

test('what a process before this one had loaded is gone with the first that is loaded', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const { url, loading } = await multiModel(t, { modelsDir });
  await post(`${url}/models`, loading);
  const again = await multiModel(t, { modelsDir });
  await post(`${again.url}/models`, { ...again.loading, model_name: 'another' });
  const { models } = await (await fetch(`${again.url}/v1/models`)).json();
  assert.equal(models.filter(({ id }: { id: string }) => id.startsWith('platform-')).length, 1);
});
