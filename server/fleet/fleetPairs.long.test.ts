import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { modelRef, readModelFolder } from '../library/modelFolder.ts';
import { findPair } from '../library/versionPair.ts';
import { joinFleet, lastFirst, startFleetGateway, startFleetWorker } from '../testing/fleetProcesses.ts';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { shippedPair } from '../testing/versionPairs.ts';
import { packVersion } from './packVersion.ts';

const skip = whyNoNats() ?? false;
const ID = 'coco-ssd';

test('a version that an older release gave to the fleet gets the other one of its pair, also where it is loaded', {
  skip,
}, async (test) => {
  const t = lastFirst(test);
  const nats = await startNats(t);
  const { modelsDir, float, int8 } = await shippedPair(test);
  const { library } = await joinFleet(t, nats, 'older');
  const packed = await packVersion(modelRef(await readModelFolder(path.join(modelsDir, ID))));
  await library.upload(packed);
  await library.point(ID, { live: packed.version }, 0);
  const worker = await startFleetWorker(t, nats, 'worker');
  const pairOf = async () =>
    findPair(await readModelFolder(path.join(worker.modelsDir, ID)), worker.store.kept);
  assert.equal(await pairOf(), undefined);
  const refreshed = new Promise<void>((resolve) => {
    worker.registry.onChange(resolve);
  });
  const gateway = await startFleetGateway(t, nats, 'newer', modelsDir);
  await gateway.registry.ready;
  await refreshed;
  const pair = await pairOf();
  assert.deepEqual([pair?.float?.version, pair?.int8.version], [float, int8]);
  assert.deepEqual(
    worker.registry.serving.map((one) => one.version),
    [float],
  );
});
