import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedModel } from '../protocol/providers.ts';
import { frameOf } from './testing/media.ts';
import { metric } from './testing/metric.ts';
import { startNats, whyNoNats } from './testing/natsServer.ts';
import { type FleetProcess, startGateway, startWorker } from './testing/roleProcesses.ts';
import { ended, openCommand } from './testing/runCommand.ts';
import { ADMIN_TOKEN, AS_ADMIN } from './testing/testServer.ts';
import { activatedPair, shippedPair } from './testing/versionPairs.ts';
import { openWatchingCamera } from './testing/watchingCamera.ts';

const skip = whyNoNats() ?? false;
const CHOICE = 'choice between float32 and int8';
const cup = await frameOf('cup.png');

/** A gateway, a worker that races, and one whose operator has chosen. */
async function startFleet(t: TestContext, modelsDir: string, chosen: 'int8' | 'float32') {
  const { url: nats } = await startNats(t);
  const worker = (PRECISION: string) => startWorker(t, { nats, env: { PRECISION } });
  const [gateway, racing] = await Promise.all([
    startGateway(t, { nats, modelsDir, env: { ADMIN_TOKEN } }),
    worker('auto'),
  ]);
  // One after the other: a busy machine takes long to prove a slow model.
  const choosing = await worker(chosen);
  const get = async (where: string) =>
    (await fetch(`${gateway.url}/v1/${where}`, { headers: AS_ADMIN })).json();
  const model = async (): Promise<ServedModel> => (await get('models')).models[0];
  /** Waits until workers have told the gateway that they run this. */
  async function untilRuns(version: string, workers: { int8: number; float32: number } | undefined) {
    for (;;) {
      const shown = await model();
      const { precision } = shown;
      if (
        shown.version === version &&
        precision?.workers?.int8 === workers?.int8 &&
        precision?.workers?.float32 === workers?.float32
      )
        return shown;
      await sleep(100);
    }
  }
  const { start } = await openCommand(t);
  const top = async () => {
    const child = start(['--queue', nats], {}, 'top');
    child.stdin?.end();
    return (await ended(child)).out;
  };
  return { gateway, racing, choosing, get, untilRuns, top };
}

const labelled = ({ url }: FleetProcess) =>
  metric(url, 'livelens_frames_total\\{via="stream",outcome="labels"\\}');

test('a worker gets the int8 version with the model, races both, and serves the sessions of a mixed fleet with the other', {
  skip,
}, async (t) => {
  const { modelsDir, float } = await shippedPair(t);
  const { gateway, racing, choosing, get, untilRuns, top } = await startFleet(t, modelsDir, 'float32');
  const [raced, chosen] = await Promise.all([racing.line(CHOICE), choosing.line(CHOICE)]);
  assert.deepEqual([raced.state, raced.serves, raced.live], ['faster', 'int8', float]);
  assert.deepEqual([chosen.state, chosen.serves], ['chosen', 'float32']);
  const { precision } = await untilRuns(float, { int8: 1, float32: 1 });
  assert.deepEqual([precision?.state, precision?.float], ['fleet', float]);
  assert.match(precision?.why ?? '', /1 int8, 1 float32/);
  assert.deepEqual((await get('status')).models[0].precision.workers, { int8: 1, float32: 1 });
  const text = await top();
  assert.match(text, /^coco-ssd .*served by 2 of 2, 1 in int8, 1 in float32$/m);
  assert.match(text, /^Nothing is wrong\.$/m);

  // Both answer frames of one session, as the version that is live.
  const cameras = [1, 2, 3].map(() => openWatchingCamera(t, gateway.url, cup));
  const [before, other] = [await labelled(racing), await labelled(choosing)];
  while ((await labelled(racing)) < before + 5 || (await labelled(choosing)) < other + 5)
    await cameras[0]?.next();
  await Promise.all(cameras.map((camera) => camera.next()));
  for (const { labels } of cameras) {
    assert.deepEqual([...new Set(labels.map(({ model }) => model))], [`coco-ssd@${float}`]);
    assert.ok(labels.every((one) => one.labels.some(({ label }) => label === 'cup')));
  }
  assert.equal((await get('models/coco-ssd/device')).version, float);
});

test('of an int8 version that was made live a worker runs float32 where that is faster, also after a step back and forward', {
  skip,
}, async (t) => {
  const { modelsDir, float, int8 } = await activatedPair(t);
  const { gateway, racing, choosing, get, untilRuns } = await startFleet(t, modelsDir, 'int8');
  const raced = await racing.line(CHOICE);
  assert.deepEqual([raced.state, raced.serves, raced.live], ['slower', 'float32', int8]);
  await untilRuns(int8, { int8: 1, float32: 1 });
  assert.deepEqual((await (await fetch(`${racing.url}/readyz`)).json()).models, [`coco-ssd@${float}`]);
  assert.equal((await get('models/coco-ssd/device')).version, float);
  const camera = openWatchingCamera(t, gateway.url, cup);
  await camera.next(({ model }) => model === `coco-ssd@${int8}`);

  const rollback = async (version: string) => {
    const done = await fetch(`${gateway.url}/v1/models/coco-ssd/rollback`, {
      method: 'POST',
      headers: { ...AS_ADMIN, 'Content-Type': 'application/json' },
      body: JSON.stringify({ version }),
    });
    assert.equal(done.status, 200, await done.text());
  };
  await rollback(float);
  await untilRuns(float, undefined);
  await camera.next(({ model }) => model === `coco-ssd@${float}`);
  for (const worker of [racing, choosing]) {
    const { models } = await (await fetch(`${worker.url}/readyz`)).json();
    assert.deepEqual(models, [`coco-ssd@${float}`]);
  }
  await rollback(int8);
  await untilRuns(int8, { int8: 1, float32: 1 });
  await camera.next(({ model }) => model === `coco-ssd@${int8}`);
  assert.deepEqual(camera.errors, [], 'a session was told that no worker runs its model');
});
