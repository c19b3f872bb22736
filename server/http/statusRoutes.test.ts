import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import test, { after, before } from 'node:test';
import * as v from 'valibot';
import { ServerStatus } from '../../protocol/status.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf, photo } from '../testing/media.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
before(async () => {
  server = await testServer(
    { after: (close) => void closers.push(close) },
    { ...ONE_WORKER, adminToken: ADMIN_TOKEN },
  );
});
after(async () => {
  for (const close of closers) await close();
});

const get = (path: string, headers: Record<string, string> = AS_ADMIN) =>
  fetch(server.url + path, { headers });
const statusNow = async (path = '/v1/status') => v.parse(ServerStatus, await (await get(path)).json());

test('the status is for those who may change models; others learn what to do', async () => {
  const refused = await get('/v1/status', {});
  assert.equal(refused.status, 403);
  const { error } = await refused.json();
  assert.equal(error.code, 'forbidden_admin');
  assert.match(error.message, /npm run models -- link/);
  const good = await get('/v1/status');
  assert.equal(good.headers.get('cache-control'), 'no-store');
  assert.equal((await get('/v1/status?after=x')).status, 400);
});

test('status and metrics have what a stream and a picture did, and nothing of what was seen', async () => {
  const client = await helloStream(server.url);
  const answer = await client.recognize(await frameOf('cat.png'));
  assert.equal(answer.type, 'labels');
  const picture = await photo('cup.png');
  const predicted = await fetch(`${server.url}/v1/predict`, { method: 'POST', body: picture });
  assert.equal(predicted.status, 200);
  assert.equal((await fetch(`${server.url}/v1/predict`, { method: 'POST', body: 'no picture' })).status, 415);

  let status = await statusNow();
  assert.equal(status.sessions, 1);
  // Samples come each second; this one has what was just done.
  const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
  while (total(status.history.labelled) < 2) status = await statusNow();
  assert.equal(total(status.history.labelled), 2);
  assert.ok(status.history.ages.server.p95.some((ms) => ms !== null && ms > 0));
  assert.deepEqual(status.models.map(({ id, state }) => [id, state]).slice(0, 1), [['coco-ssd', 'live']]);
  const [worker] = status.workers;
  assert.equal(worker?.state, 'serving');
  assert.ok((worker?.memoryBytes ?? 0) > 30e6, `${worker?.memoryBytes}`);
  const last = status.history.first + status.history.sessions.length - 1;
  const next = await statusNow(`/v1/status?after=${last}`);
  assert.ok(next.history.first > last);

  const metrics = await (await get('/metrics')).text();
  const value = (line: string) =>
    Number(
      metrics
        .split('\n')
        .find((each) => each.startsWith(`${line} `))
        ?.split(' ')[1],
    );
  assert.equal(value('livelens_predict_requests_total{status="200"}'), 1);
  assert.equal(value('livelens_predict_requests_total{status="415"}'), 1);
  assert.equal(value('livelens_received_bytes_total{via="predict"}'), picture.byteLength);
  assert.ok(value('livelens_sent_bytes_total') > 300);
  assert.ok(value('livelens_workers_memory_bytes') > 30e6);
  assert.match(metrics, /^livelens_model_info\{model="coco-ssd",version="[0-9a-f]{12}",state="live"\} 1$/m);
  for (const text of [metrics, JSON.stringify(status)]) assert.doesNotMatch(text, /"cat"|"cup"|127\.0\.0\.1/);
  await client.close();
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test('promtool finds nothing to object to in the metrics', {
  skip: !hasPromtool && 'no promtool here',
}, async () => {
  const metrics = await (await get('/metrics')).text();
  const said = await new Promise<string>((resolve) => {
    const child = execFile('promtool', ['check', 'metrics'], (_, stdout, stderr) => resolve(stdout + stderr));
    child.stdin?.end(metrics);
  });
  // Those of Node itself have the names that prom-client gave them.
  const ours = said.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'));
  assert.deepEqual(ours, []);
});
