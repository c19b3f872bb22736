import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import sharp from 'sharp';
import { startGateway, startWorker } from './testing/fleetProcesses.ts';
import { addColourModel } from './testing/modelFixtures.ts';
import { startNats, whyNoNats } from './testing/natsServer.ts';
import { openWatchingCamera } from './testing/watchingCamera.ts';

const skip = whyNoNats() ?? false;

const plain = (background: string) =>
  sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .jpeg()
    .toBuffer();
const red = await plain('red');

/** A models folder with one small, fast model. */
async function smallModels(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await addColourModel(dir, 'image-classification');
  return dir;
}

test('a page gets labels through a gateway and a worker that knew nothing of the model', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const [gateway, worker] = await Promise.all([
    startGateway(t, { nats: nats.url, modelsDir: await smallModels(t) }),
    startWorker(t, { nats: nats.url }),
  ]);
  const camera = openWatchingCamera(t, gateway.url, red);
  const { labels, model } = await camera.next();
  assert.match(model, /^colours@/);
  assert.deepEqual(
    labels.map(({ label }) => label),
    ['red'],
  );
  const ready = await fetch(`${worker.url}/readyz`);
  assert.equal(ready.status, 200);
  assert.deepEqual((await ready.json()).models, [model]);
  assert.match(
    await (await fetch(`${worker.url}/metrics`)).text(),
    /livelens_frames_total\{via="stream",outcome="labels"\} \d/,
  );
  camera.close();
  assert.deepEqual(await worker.stop(), [0, null]);
  assert.deepEqual(await gateway.stop(), [0, null]);
});
