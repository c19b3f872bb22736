import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import test from 'node:test';
import type { ImportState } from '../../protocol/models.ts';
import { compareWithGolden } from '../../vision/golden.ts';
import { tinyClassifier } from '../import/testing/modelsForTests.ts';
import { createModelStore } from '../library/store.ts';
import type { LivelensServer } from '../server.ts';
import { photo } from '../testing/media.ts';
import { addColourModel, copyShipped, modelsDirectory, publish, renamed } from '../testing/modelFixtures.ts';
import { settledImport } from '../testing/settledImport.ts';
import type { SingleGraphModel } from '../testing/singleGraphModel.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

const describe = async ({ url }: LivelensServer, id = 'coco-ssd'): Promise<SingleGraphModel> =>
  (await fetch(`${url}/v1/models/${id}/device`)).json();
const fileUrl = ({ url }: LivelensServer, { sha256 }: { sha256: string }, id = 'coco-ssd') =>
  `${url}/v1/models/${id}/files/${sha256}`;

/** The beginning of an answer; its body waits until it is read, and fills no more than what buffers there are. */
async function startDownload(url: string): Promise<IncomingMessage> {
  const request = get(url, { agent: false });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  return response;
}

async function sha256Of(response: IncomingMessage): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of response) hash.update(piece);
  return hash.digest('hex');
}

/** The shipped graph with a field behind it, its `doc_string`: other bytes that do the same. */
const commentedGraph = async () =>
  Buffer.concat([
    await readFile('models/coco-ssd/model.onnx'),
    Buffer.from([0x32, 7]),
    Buffer.from('another'),
  ]);

/** The shipped model, and live over it another version as an import leaves it: below `versions/`, where no one writes. */
async function importedModels(t: Parameters<typeof modelsDirectory>[0]) {
  const modelsDir = await modelsDirectory(t);
  const store = createModelStore(modelsDir);
  const workspace = await store.stage();
  const staged = path.join(workspace.dir, 'coco-ssd');
  await copyShipped(staged);
  await publish(staged, { 'model.onnx': await commentedGraph() });
  await store.activate('coco-ssd', staged);
  await workspace.close();
  return modelsDir;
}

/** Other tests take the cores, now of one version and then of the other: nothing here is about their speed. */
const ANY_SPEED = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 1_000 };

test('a version that goes while it is downloaded arrives as a whole; then there is another', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const server = await testServer(t, { modelsDir, models: ANY_SPEED });
  const before = await describe(server);
  const download = await startDownload(fileUrl(server, before.graph));
  const stream = await helloStream(server.url);
  const change = stream.next('model');
  await publish(path.join(modelsDir, 'coco-ssd'), await renamed('cup', 'mug'));
  const { model } = await change;

  const now = await describe(server);
  assert.equal(now.version, model.version);
  assert.notEqual(now.version, before.version);
  assert.ok(now.labels.includes('mug'));
  const cup = now.goldens.find(({ expected }) => JSON.stringify(expected).includes('mug'));
  assert.match(JSON.stringify(cup?.server), /mug/);
  assert.equal(await sha256Of(download), before.graph.sha256);
  await stream.close();
});

test('files of a version that is kept for going back are there still', async (t) => {
  const server = await testServer(t, {
    modelsDir: await importedModels(t),
    models: ANY_SPEED,
    adminToken: ADMIN_TOKEN,
    ...ONE_WORKER,
  });
  const { version, graph } = await describe(server);
  const back = await fetch(`${server.url}/v1/models/coco-ssd/rollback`, {
    method: 'POST',
    headers: AS_ADMIN,
  });
  assert.equal(back.status, 200, await back.text());
  const now = await describe(server);
  assert.notEqual(now.version, version);
  for (const file of [now.graph, graph]) {
    assert.equal(await sha256Of(await startDownload(fileUrl(server, file))), file.sha256);
  }
});

test('where a graph is overwritten while it is sent, the connection breaks, and it is there no more', async (t) => {
  const modelsDir = await importedModels(t);
  const server = await testServer(t, { modelsDir, ...ONE_WORKER });
  // As it was imported, with weights of float32.
  const { graph } = (await describe(server)).manifest;
  const download = await startDownload(fileUrl(server, graph));
  const handle = await open(path.join(modelsDir, 'coco-ssd', graph.file), 'r+');
  await handle.write('something else', (await handle.stat()).size - 100);
  await handle.close();
  await assert.rejects(sha256Of(download), { code: 'ECONNRESET' });
  const again = await fetch(fileUrl(server, graph));
  assert.equal(again.status, 404);
  assert.equal((await again.json()).error.code, 'not_found');
});

test('models without goldens, and of other tasks, are given too', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  await addColourModel(modelsDir, 'image-embedding');
  const server = await testServer(t, { modelsDir, ...ONE_WORKER });
  for (const id of ['colours', 'colour-means']) {
    const model = await describe(server, id);
    assert.deepEqual(model.goldens, []);
    const download = await startDownload(fileUrl(server, model.graph, id));
    assert.equal(await sha256Of(download), model.graph.sha256);
  }
});

test('of a model that was just imported, a device gets scores', async (t) => {
  const server = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: ADMIN_TOKEN,
    ...ONE_WORKER,
  });
  const headers = AS_ADMIN;
  const imports = `${server.url}/v1/models/imports`;
  const settled = ({ id }: ImportState) =>
    settledImport(async () => (await fetch(`${imports}/${id}`, { headers })).json());
  const body = new Uint8Array(tinyClassifier());
  const checked = await settled(
    await (await fetch(`${imports}?name=tiny.onnx`, { method: 'POST', headers, body })).json(),
  );
  const accepted = await fetch(`${imports}/${checked.id}/accept`, { method: 'POST', headers });
  const live = await settled(await accepted.json());
  assert.equal(live.phase, 'live', JSON.stringify(live));

  const { goldens, labels } = await describe(server, 'tiny');
  assert.ok(goldens.length > 0);
  for (const { server: answer, expected } of goldens) {
    assert.ok(answer && 'scores' in answer && 'scores' in expected);
    assert.equal(answer.scores.length, labels.length);
    assert.deepEqual(
      compareWithGolden(expected, {
        task: 'image-classification',
        scores: Float32Array.from(answer.scores),
      }).differences,
      [],
    );
  }
});

test('of a model that rests the server has no answers, until someone asks for it', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const resting = path.join(modelsDir, 'resting');
  await copyShipped(resting);
  await publish(resting, {}, (manifest) => ({
    ...manifest,
    id: 'resting',
    provenance: { ...manifest.provenance, since: '2026-01-01T00:00:00Z' },
  }));
  const models = { maxMemoryBytes: 1, maxSlowdown: 1_000 };
  const server = await testServer(t, { modelsDir, models, ...ONE_WORKER });
  const answers = async () => (await describe(server, 'resting')).goldens.map(({ server: answer }) => answer);
  assert.deepEqual(await answers(), [undefined, undefined, undefined, undefined]);
  const predict = `${server.url}/v1/predict?model=resting`;
  assert.equal((await fetch(predict, { method: 'POST', body: await photo('cat.png') })).status, 200);
  assert.ok((await answers()).every((answer) => answer?.recordedBy.startsWith('onnxruntime-node')));
});

test('fifty devices that take their time cost little memory, and a server that stops does not wait for them', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  // With weights of float32: those of float16 would fit into the buffers of a connection.
  const { graph } = (await describe(server)).manifest;
  await sha256Of(await startDownload(fileUrl(server, graph)));
  const before = process.memoryUsage().rss;
  const downloads = await Promise.all(
    Array.from({ length: 50 }, () => startDownload(fileUrl(server, graph))),
  );
  // One more download ends; by then the others have stopped, with full buffers.
  await sha256Of(await startDownload(fileUrl(server, graph)));
  const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
  t.diagnostic(`${grownMiB.toFixed(0)} MiB for 50 downloads, both ends of them`);
  // Held in memory, they would take 825.
  assert.ok(grownMiB < 200, `${grownMiB} MiB`);
  const [first, ...others] = downloads;
  assert.ok(first);
  assert.equal(await sha256Of(first), graph.sha256);

  const broken = others.map((download) => assert.rejects(sha256Of(download), { code: 'ECONNRESET' }));
  await server.close();
  await Promise.all(broken);
});
