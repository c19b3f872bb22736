import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import * as v from 'valibot';
import { DeviceModel } from '../../vision/deviceModel.ts';
import { compareWithGolden } from '../../vision/golden.ts';
import { graphsOf, MAIN_GRAPH } from '../../vision/manifest.ts';
import type { LivelensServer } from '../server.ts';
import type { SingleGraphModel } from '../testing/singleGraphModel.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

const FRIEND = 'https://friend.example';
const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
let model: SingleGraphModel;
/** Not what devices are given, but what was given before, and what they may have a part of. */
let float32: string;
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/models/${path}`, { headers });
const graph = (headers: Record<string, string> = {}) => get(`coco-ssd/files/${float32}`, headers);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

before(async () => {
  server = await testServer(
    { after: (close) => void closers.push(close) },
    { adminToken: ADMIN_TOKEN, allowedOrigins: [FRIEND], ...ONE_WORKER },
  );
  // Whoever asks for what is not there is answered once the graphs for devices are made; on a busy machine, later than they wait.
  await get(`coco-ssd/files/${'0'.repeat(64)}`);
  model = v.parse(DeviceModel, await (await get('coco-ssd/device')).json()) as SingleGraphModel;
  float32 = graphsOf(model.manifest)[MAIN_GRAPH]?.sha256 ?? '';
});
after(async () => {
  for (const close of closers) await close();
});

test('D1: a device gets all that it needs of a model, and what the server answers for its goldens', async () => {
  const { models } = await (await fetch(`${server.url}/v1/models`)).json();
  assert.equal(model.version, models[0].version);
  assert.deepEqual(model.labels, models[0].labels);
  assert.ok(model.graph.bytes < 0.52 * models[0].graphBytes, 'weights are float16');
  assert.equal(model.goldens.length, models[0].goldens.count);
  for (const { expected, server: answer } of model.goldens) {
    assert.match(answer?.recordedBy ?? '', /^onnxruntime-node \d/);
    assert.ok(answer && 'detections' in answer && 'detections' in expected);
    assert.equal(answer.minScore, expected.minScore);
    const { detections } = expected;
    const { differences, largest } = compareWithGolden(answer, { task: 'object-detection', detections });
    assert.deepEqual(differences, []);
    assert.ok(largest < 0.001);
  }
});

test('D2: each file comes by its hash, to be kept for good', async () => {
  for (const { sha256, bytes } of [model.graph, ...model.goldens.map(({ image }) => image)]) {
    const response = await get(`coco-ssd/files/${sha256}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-length'), String(bytes));
    assert.equal(response.headers.get('cache-control'), 'private, max-age=31536000, immutable');
    const content = await bytesOf(response);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
  }
});

test('D3: a download goes on where it was cut', async () => {
  const whole = await readFile('models/coco-ssd/model.onnx');
  const tag = (await graph({ Range: 'bytes=0-0' })).headers.get('etag') ?? '';
  assert.equal(tag, `"${float32}"`);
  const rest = await graph({ Range: 'bytes=17000000-', 'If-Range': tag });
  assert.equal(rest.status, 206);
  assert.equal(rest.headers.get('content-range'), `bytes 17000000-${whole.length - 1}/${whole.length}`);
  assert.deepEqual(await bytesOf(rest), whole.subarray(17_000_000));
  const middle = await graph({ Range: 'bytes=100000-299999' });
  assert.deepEqual(await bytesOf(middle), whole.subarray(100_000, 300_000));

  const ofAnother = await graph({ Range: 'bytes=17000000-', 'If-Range': '"another"' });
  assert.equal(ofAnother.status, 200);
  await ofAnother.body?.cancel();
  const beyond = await graph({ Range: 'bytes=99000000-' });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), `bytes */${whole.length}`);
});

test('D4: what a device has already is not sent again', async () => {
  const known = await graph({ 'If-None-Match': `"${float32}"` });
  assert.equal(known.status, 304);
  const first = await get('coco-ssd/device');
  const again = await get('coco-ssd/device', { 'If-None-Match': first.headers.get('etag') ?? '' });
  assert.deepEqual([first.status, again.status], [200, 304]);
  const url = `${server.url}/v1/models/coco-ssd/files/${model.graph.sha256}`;
  const head = await fetch(url, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), String(model.graph.bytes));
});

test('D4: a page of an allowed origin may read that it has it already', async () => {
  const page = { Origin: FRIEND };
  for (const path of ['coco-ssd/device', `coco-ssd/files/${model.graph.sha256}`]) {
    const first = await get(path, page);
    await first.body?.cancel();
    const again = await get(path, { ...page, 'If-None-Match': first.headers.get('etag') ?? '' });
    assert.equal(again.status, 304);
    for (const name of ['access-control-allow-origin', 'access-control-expose-headers', 'vary']) {
      assert.equal(again.headers.get(name), first.headers.get(name), `${path}: ${name}`);
    }
    assert.equal(again.headers.get('access-control-allow-origin'), FRIEND);
  }
});

const missing: [path: string, method: string, status: number, code: string][] = [
  ['no one/device', 'GET', 404, 'unknown_model'],
  [`no one/files/${'0'.repeat(64)}`, 'GET', 404, 'unknown_model'],
  [`coco-ssd/files/${'0'.repeat(64)}`, 'GET', 404, 'not_found'],
  ['coco-ssd/files/manifest.json', 'GET', 404, 'not_found'],
  ['coco-ssd/files/..%2f..%2f..%2fpackage.json', 'GET', 404, 'not_found'],
  ['coco-ssd/files/abc', 'POST', 405, 'method_not_allowed'],
  ['coco-ssd/device', 'DELETE', 405, 'method_not_allowed'],
];
for (const [path, method, status, code] of missing) {
  test(`D5: ${method} ${path} is answered ${status} ${code}`, async () => {
    const response = await fetch(`${server.url}/v1/models/${path}`, { method, headers: AS_ADMIN });
    assert.equal(response.status, status);
    assert.doesNotMatch(response.headers.get('cache-control') ?? '', /immutable/);
    assert.equal((await response.json()).error.code, code);
  });
}

test('D6: where a token is configured, devices show it', async (t) => {
  const closed = await testServer(t, { token: 'open sesame', ...ONE_WORKER });
  for (const path of ['device', `files/${model.graph.sha256}`]) {
    const url = `${closed.url}/v1/models/coco-ssd/${path}`;
    assert.equal((await fetch(url)).status, 401);
    const allowed = await fetch(url, { headers: { Authorization: 'Bearer open sesame' } });
    assert.equal(allowed.status, 200);
    await allowed.arrayBuffer();
  }
});
