import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import type { ImportState, ModelDetails, ModelList } from '../../protocol/models.ts';
import { tinyClassifier } from '../import/testing/modelsForTests.ts';
import { modelGiving } from '../import/testing/outputsForTests.ts';
import { makeZip } from '../testing/makeZip.ts';
import { photo } from '../testing/media.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { settledImport } from '../testing/settledImport.ts';
import {
  ADMIN_TOKEN,
  AS_ADMIN,
  ONE_WORKER,
  type TestServerOptions,
  testServer,
} from '../testing/testServer.ts';

async function open(t: TestContext, options: TestServerOptions = {}) {
  const modelsDir = await modelsDirectory(t);
  const lines: object[] = [];
  const note = (fields: object, message: string) => lines.push({ ...fields, message });
  const log = { debug: note, info: note, warn: note, error: note };
  const server = await testServer(
    t,
    { modelsDir, adminToken: ADMIN_TOKEN, ...ONE_WORKER, ...options },
    log as never,
  );
  const call = async (method: string, where: string, body?: BodyInit) => {
    const init = { method, headers: AS_ADMIN, ...(body !== undefined && { body }) };
    const response = await fetch(`${server.url}/v1/models${where}`, init);
    const content = await response.text();
    return { status: response.status, body: content === '' ? undefined : JSON.parse(content) };
  };
  /** The state when nothing goes on in it any more. */
  const settled = ({ id }: ImportState) =>
    settledImport(async () => (await call('GET', `/imports/${id}`)).body);
  const upload = async (name: string, bytes: BodyInit) => {
    const { status, body } = await call('POST', `/imports?name=${encodeURIComponent(name)}`, bytes);
    assert.equal(status, 202, JSON.stringify(body));
    return settled(body);
  };
  const accept = async (state: ImportState, id?: string) =>
    settled((await call('POST', `/imports/${state.id}/accept`, json({ id }))).body);
  const again = async ({ id }: ImportState, options: object) =>
    settled((await call('POST', `/imports/${id}/options`, json(options))).body);
  const models = async (): Promise<ModelDetails[]> => (await call('GET', '')).body.models;
  const leftovers = async () =>
    (await readdir(path.join(modelsDir, '.incoming')).catch(() => [])).filter((name) => name !== 'locks');
  return { server, modelsDir, lines, call, settled, upload, again, accept, models, leftovers };
}

const json = (value: unknown) => JSON.stringify(value);
const graph = (classes = 3) => new Uint8Array(tinyClassifier({ classes }));

test('I1: a file is checked, changed by options, accepted, live, and used', async (t) => {
  const { server, call, settled, upload, accept, models, lines, leftovers } = await open(t);
  const looked = await upload('My tiny.onnx', graph());
  assert.equal(looked.phase, 'asking', json(looked));
  assert.equal(looked.report?.task, 'image-classification');
  assert.equal(looked.report?.id, 'my-tiny');
  assert.ok((looked.report?.samples.length ?? 0) > 0);
  assert.equal((await models()).length, 1);

  const options = { id: 'tiny', labels: ['ant', 'bee', 'cow'], mean: [1, 2, 3] };
  const again = await settled((await call('POST', `/imports/${looked.id}/options`, json(options))).body);
  assert.deepEqual(again.report?.firstLabels, ['ant', 'bee', 'cow']);

  const live = await accept(again);
  assert.equal(live.phase, 'live', json(live));
  const [, tiny] = await models();
  assert.equal(tiny?.id, 'tiny');
  assert.equal(tiny?.state, 'live');
  assert.equal(tiny?.version, again.report?.version);
  assert.deepEqual(
    tiny?.versions.map(({ version }) => version),
    [tiny?.version],
  );
  const answer = await fetch(`${server.url}/v1/predict?model=tiny&minScore=0`, {
    method: 'POST',
    body: await photo('cat.png'),
  });
  const { labels } = await answer.json();
  assert.deepEqual(labels.map(({ label }: { label: string }) => label).sort(), options.labels);
  assert.ok(
    lines.some((line) => json(line).includes('"by":"token"') && json(line).includes('model accepted')),
  );

  assert.equal((await call('DELETE', `/imports/${looked.id}`)).status, 204);
  assert.deepEqual(await leftovers(), []);
});

test('I2: a second version is live, rolled back, named again, and the model removed', async (t) => {
  const { call, upload, accept, models, modelsDir } = await open(t);
  const versions: string[] = [];
  for (const classes of [3, 4]) {
    const live = await accept(await upload('tiny.onnx', graph(classes)), 'tiny');
    assert.equal(live.phase, 'live', json(live));
    versions.push(live.report?.version ?? '');
  }
  const [first, second] = versions;
  const back = await call('POST', '/tiny/rollback');
  assert.equal(back.status, 200, json(back.body));
  assert.equal(back.body.version, first);
  assert.deepEqual(await call('POST', '/tiny/rollback').then(({ body }) => body.error.code), 'conflict');
  const again = await call('POST', '/tiny/rollback', json({ version: second }));
  assert.equal(again.body.version, second);

  const verified = await call('POST', '/tiny/verify');
  assert.equal(verified.body.model, `tiny@${second}`);
  assert.ok(verified.body.runtimes[0].goldens > 0);
  assert.deepEqual(
    verified.body.runtimes.flatMap(({ problems }: { problems: string[] }) => problems),
    [],
  );

  assert.equal((await call('DELETE', '/tiny')).status, 204);
  assert.deepEqual(
    (await models()).map(({ id }) => id),
    ['coco-ssd'],
  );
  assert.equal((await call('DELETE', '/coco-ssd')).body.error.code, 'conflict');
  await assert.rejects(stat(path.join(modelsDir, 'tiny')), { code: 'ENOENT' });
});

test('I3: a version that the server refuses leaves what was there before', async (t) => {
  const { upload, again, accept, models, modelsDir } = await open(t, {
    models: { maxMemoryBytes: 1, maxSlowdown: 1_000 },
  });
  const refused = await accept(await upload('tiny.onnx', graph()));
  assert.equal(refused.phase, 'refused', json(refused));
  assert.match(refused.error?.message ?? '', /MODELS_MEMORY_MB/);
  assert.deepEqual(
    (await models()).map(({ id }) => id),
    ['coco-ssd'],
  );
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);

  // A new version of a model that serves.
  const manifest = await readFile(path.join(modelsDir, 'coco-ssd/manifest.json'), 'utf8');
  const state = await upload('tiny.onnx', graph());
  const renamed = await again(state, { id: 'coco-ssd' });
  assert.equal((await accept(renamed)).phase, 'refused');
  const [coco] = await models();
  assert.equal(coco?.state, 'live');
  assert.equal(coco?.problem, undefined);
  assert.equal(await readFile(path.join(modelsDir, 'coco-ssd/manifest.json'), 'utf8'), manifest);
});

test('I4: what is no model fails with its reason, and other options may save it', async (t) => {
  const { upload, call, settled } = await open(t);
  const notOnnx = await upload('a.onnx', 'this is no model, whatever its name says');
  assert.equal(notOnnx.phase, 'failed');
  assert.equal(notOnnx.error?.code, 'malformed_source', json(notOnnx));
  const slip = await upload('a.zip', new Uint8Array(makeZip([{ name: '../../x.onnx', content: 'x' }])));
  assert.equal(slip.error?.code, 'malformed_source');
  const state = await call('POST', `/imports/${notOnnx.id}/accept`);
  assert.equal(state.body.error.code, 'conflict');
  const wrong = await upload('tiny.onnx', graph());
  const bad = await settled(
    (await call('POST', `/imports/${wrong.id}/options`, json({ task: 'object-detection', head: 'yolo-v8' })))
      .body,
  );
  assert.equal(bad.phase, 'failed', json(bad));
  const good = await settled((await call('POST', `/imports/${wrong.id}/options`, json({}))).body);
  assert.equal(good.phase, 'asking');
});

test('I11: a model that needs an answer says what it may be, and the answers add up', async (t) => {
  const { upload, again } = await open(t);
  const bytes = modelGiving([
    { name: 'age', shape: [1] },
    { name: 'vector', shape: [128] },
  ]);
  const asked = await upload('faces.onnx', new Uint8Array(bytes));
  assert.deepEqual([asked.phase, asked.error?.code], ['failed', 'needs_options'], json(asked));
  const question = asked.error?.question;
  assert.deepEqual(
    [question?.field, question?.choices.map(({ value }) => value)],
    ['output', ['age', 'vector']],
  );
  const next = await again(asked, { output: 'vector' });
  assert.equal(next.error?.question?.field, 'task');
  const { phase, report } = await again(next, { output: 'vector', task: 'image-embedding' });
  assert.deepEqual([phase, report?.task], ['asking', 'image-embedding']);
});

test('I5: sources inside are not asked, files of the server not read', async (t) => {
  const { server, call, settled } = await open(t);
  for (const [source, code] of [
    [`${server.url}/v1/models`, 'forbidden_source'],
    ['http://169.254.169.254/latest/meta-data', 'forbidden_source'],
    ['https://localhost/model.onnx', 'forbidden_source'],
    ['file:///etc/passwd', 'forbidden_source'],
    ['/etc/passwd', 'unknown_source'],
    ['hf:no one', 'unknown_source'],
  ]) {
    const { status, body } = await call('POST', '/imports', json({ source }));
    assert.equal(status, 202);
    const state = await settled(body);
    assert.equal(state.phase, 'failed', source);
    assert.equal(state.error?.code, code, `${source}: ${state.error?.message}`);
  }
});

const refused: [
  title: string,
  method: string,
  where: string,
  body: BodyInit | undefined,
  status: number,
  code: string,
][] = [
  ['no JSON', 'POST', '/imports', 'source', 400, 'bad_request'],
  ['no source', 'POST', '/imports', '{}', 400, 'bad_request'],
  ['options that are none', 'POST', '/imports?name=a.onnx&options={"mean":5}', 'x', 400, 'bad_request'],
  ['an empty file', 'POST', '/imports?name=a.onnx', '', 400, 'bad_request'],
  ['too large a file', 'POST', '/imports?name=a.onnx', new Uint8Array((1 << 20) + 1), 413, 'model_too_large'],
  ['an import that is not there', 'GET', '/imports/none', undefined, 404, 'not_found'],
  ['a model that is not there', 'POST', '/none/verify', undefined, 404, 'unknown_model'],
  ['a path for a model', 'DELETE', '/..%2f..%2fserver', undefined, 404, 'unknown_model'],
  ['an id that is no model', 'DELETE', '/.incoming', undefined, 404, 'unknown_model'],
  ['another method', 'PUT', '/coco-ssd', undefined, 405, 'method_not_allowed'],
];
test('I6: what makes no sense is refused with a code', async (t) => {
  const { server, call, leftovers } = await open(t, { limits: { maxModelBytes: 1 << 20 } });
  for (const [title, method, where, body, status, code] of refused) {
    const answer = await call(method, where, body);
    assert.equal(answer.status, status, title);
    assert.equal(answer.body.error.code, code, title);
    assert.ok(answer.body.error.message.length > 10, title);
  }
  // A size that no one announced.
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 18)) });
  const init = { method: 'POST', headers: AS_ADMIN, body: endless, duplex: 'half' } as RequestInit;
  const answer = await fetch(`${server.url}/v1/models/imports?name=a.onnx`, init).catch(() => undefined);
  assert.ok(answer === undefined || answer.status === 413);
  assert.deepEqual(await leftovers(), []);
});

test('I7: an upload that breaks off leaves nothing, and a slow one is not ended', async (t) => {
  const { server, leftovers, lines } = await open(t, { limits: { requestTimeoutMs: 300 } });
  const bytes = graph();
  const head =
    'POST /v1/models/imports?name=a.onnx HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
    `Authorization: ${AS_ADMIN.Authorization}\r\n`;
  const broken = connect(server.port, '127.0.0.1');
  broken.write(`${head}Content-Length: 999999\r\n\r\nhalf of it`);
  while ((await leftovers()).length === 0) {
    // until it is taken
  }
  broken.destroy();
  while ((await leftovers()).length > 0) {
    // until it is given up
  }

  const slow = connect(server.port, '127.0.0.1');
  slow.write(`${head}Content-Length: ${bytes.length}\r\n\r\n`);
  slow.write(bytes.subarray(0, 100));
  // At the same time another request is ended for being slow.
  const idle = connect(server.port, '127.0.0.1');
  idle.write('POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n');
  assert.match(await text(idle), /^HTTP\/1.1 408/);
  slow.write(bytes.subarray(100));
  assert.match(await text(slow), /^HTTP\/1.1 202/);
  assert.ok(lines.some((line) => json(line).includes('model file received')));
});

test('I10: only those who may change models learn where they are stored', async (t) => {
  const modelsDir = await modelsDirectory(t);
  await mkdir(path.join(modelsDir, 'broken'));
  await writeFile(path.join(modelsDir, 'broken/manifest.json'), 'no JSON');
  const server = await testServer(t, { modelsDir, adminToken: ADMIN_TOKEN, ...ONE_WORKER });
  const problem = async (headers: Record<string, string>) => {
    const response = await fetch(`${server.url}/v1/models`, { headers });
    const { models } = (await response.json()) as ModelList;
    return models.find(({ id }) => id === 'broken')?.problem;
  };
  const manifest = path.join('broken', 'manifest.json');
  assert.equal(await problem({}), `${manifest}: this is not JSON.`);
  assert.equal(await problem(AS_ADMIN), `${path.join(modelsDir, manifest)}: this is not JSON.`);
});

test('I9: an import can be ended while it is checked', async (t) => {
  const { call, leftovers } = await open(t);
  const { body } = await call('POST', '/imports?name=tiny.onnx', graph());
  assert.equal(body.phase, 'looking');
  assert.equal((await call('POST', `/imports/${body.id}/options`, '{}')).body.error.code, 'conflict');
  assert.equal((await call('DELETE', `/imports/${body.id}`)).status, 204);
  assert.equal((await call('GET', `/imports/${body.id}`)).status, 404);
  assert.deepEqual(await leftovers(), []);
});

test('I8: what killed servers left is removed at the start, what others are at is not', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const { HOST_MARK } = await import('../disk/workspaces.ts');
  const dead = path.join(modelsDir, `.incoming/${HOST_MARK}-4194304-abc`);
  const elsewhere = path.join(modelsDir, '.incoming/0ther0ne-4194304-abc');
  for (const dir of [dead, elsewhere]) {
    await mkdir(dir, { recursive: true });
    await writeFile(path.join(dir, 'upload.part'), 'x');
  }
  await testServer(t, { modelsDir, ...ONE_WORKER });
  assert.deepEqual(await readdir(path.join(modelsDir, '.incoming')), [path.basename(elsewhere)]);
});
