import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { freePort } from '../e2e/harness/freePort.ts';
import type { fleetJson } from './cli/top/fleetLines.ts';
import { openTop } from './cli/top/topForTests.ts';
import { temporaryFolder } from './import/testing/modelsForTests.ts';
import { addColourModel } from './testing/modelFixtures.ts';
import { startNats, whyNoNats } from './testing/natsServer.ts';
import { startGateway, startWorker } from './testing/roleProcesses.ts';
import { openCommand } from './testing/runCommand.ts';
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
  const { start } = await openCommand(t);
  const modelsDir = await temporaryFolder(t);
  await addColourModel(modelsDir, 'image-classification');
  const [gateway, worker] = await Promise.all([
    // Its memory says nothing of how many models workers can hold.
    startGateway(t, { nats: nats.url, modelsDir, env: { ...as('gateway'), MODELS_MEMORY_MB: '1' } }),
    startWorker(t, { nats: nats.url, env: as('worker') }),
  ]);
  const red = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const camera = openWatchingCamera(t, gateway.url, red);
  await camera.next();

  // A rollout: the worker fetches and proves the model before it is live.
  await addColourModel(modelsDir, 'image-embedding');
  const top = openTop(t, start);
  let seen: ReturnType<typeof fleetJson>;
  do {
    const { out, err, code } = await top.run(['--json', '--queue', nats.url], as('viewer'));
    assert.equal(code, 0, err);
    seen = JSON.parse(out);
  } while (seen.workers[0]?.serving.length !== 2);
  assert.deepEqual(seen.problems, []);
  assert.deepEqual([seen.sessions, seen.gateways.length, seen.slots], [1, 1, 1]);
  assert.ok(seen.labelsPerSecond > 0);
  assert.deepEqual(seen.workers[0].serving.map(({ id }) => id).sort(), ['colour-means', 'colours']);

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
