import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { freePort } from '../e2e/harness/freePort.ts';
import { openTop } from './cli/top/topForTests.ts';
import type { Worker } from './fleet/member.ts';
import { addColourModel } from './testing/modelFixtures.ts';
import { startNats, whyNoNats } from './testing/natsServer.ts';
import { startGateway, startWorker } from './testing/roleProcesses.ts';
import { ended, openCommand } from './testing/runCommand.ts';
import { ADMIN_TOKEN } from './testing/testServer.ts';
import { openWatchingCamera } from './testing/watchingCamera.ts';

/** A fleet as deploy/ sets it up, and what an operator sees of it. */

test('a fleet does all it has to with no more rights at NATS than deploy/ gives it, and livelens top shows it', {
  skip: whyNoNats() ?? false,
}, async (t) => {
  for (const user of ['gateway', 'worker', 'viewer'])
    process.env[`${user.toUpperCase()}_PASSWORD`] = `of-${user}`;
  const monitor = await freePort();
  const nats = await startNats(t, ['-c', 'deploy/compose/nats.conf', '-m', String(monitor)]);
  const as = (user: string) => ({ QUEUE_USER: user, QUEUE_PASSWORD: `of-${user}` });
  const { start, modelsDir, folder } = await openCommand(t);
  await addColourModel(modelsDir, 'image-classification');
  const [gateway, worker] = await Promise.all([
    startGateway(t, { nats: nats.url, modelsDir, env: { ...as('gateway'), ADMIN_TOKEN } }),
    startWorker(t, { nats: nats.url, env: as('worker') }),
  ]);
  const red = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const camera = openWatchingCamera(t, gateway.url, red);
  await camera.next();

  // A rollout: the worker proves the model before it is live.
  const add = [
    'add',
    `${folder}/tiny.onnx`,
    '--labels',
    `${folder}/labels.txt`,
    '--yes',
    '--server',
    gateway.url,
  ];
  const added = await ended(start(add, { ADMIN_TOKEN }));
  assert.equal(added.code, 0, added.err);

  const top = openTop(t, start);
  const { out, err, code } = await top.run(['--json', '--queue', nats.url], as('viewer'));
  assert.equal(code, 0, err);
  const seen = JSON.parse(out);
  assert.deepEqual(seen.problems, []);
  assert.equal(seen.sessions, 1);
  assert.ok(seen.labelsPerSecond > 0, out);
  const [one] = seen.workers as Worker[];
  console.error(JSON.stringify([...gateway.log, '=====', ...worker.log], undefined, 0).slice(0, 6000));
  assert.deepEqual(one?.serving.map(({ id }) => id).sort(), ['coco-ssd', 'colours', 'tiny']);

  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  assert.match(metrics, /^livelens_queue_connected 1$/m);
  assert.match(metrics, /^livelens_fleet_members\{role="worker"\} 1$/m);
  assert.match(metrics, /^livelens_queue_events_total\{event="taken"\} [1-9]/m);
  camera.close();
  await worker.stop();
  await gateway.stop();
  for (const { log } of [gateway, worker]) {
    assert.deepEqual(
      log.filter((line) => /permission/i.test(JSON.stringify(line))),
      [],
    );
  }
});
