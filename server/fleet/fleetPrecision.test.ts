import assert from 'node:assert/strict';
import test from 'node:test';
import { memberOf } from '../cli/top/membersForTests.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createFleetPrecision } from './fleetPrecision.ts';

test('a gateway counts what workers run of a quantised model, and gives browsers float32', async () => {
  const live = await readModelFolder('models/coco-ssd');
  const { version } = live;
  const worker = (host: string, more: object) => ({
    ...memberOf(host),
    serving: [{ id: 'coco-ssd', version, ...more }],
  });
  const members = {
    all: [
      ...['a', 'b', 'c'].map((host) => worker(host, { precision: 'int8' })),
      worker('d', { precision: 'float32' }),
      // Of an older release, of another version, and about to leave.
      worker('e', {}),
      worker('f', { version: 'another', precision: 'int8' }),
      { ...worker('g', { precision: 'int8' }), isLeaving: true },
    ],
  };
  const precision = createFleetPrecision({ members, kept: async () => [], log: SILENT_LOG });
  assert.equal(precision.reportOf(live, live), undefined, 'not known yet');
  assert.equal(await precision.first(live), live);
  const report = precision.reportOf(live, live);
  assert.deepEqual(
    [report?.state, report?.serves, report?.workers, report?.live, report?.float],
    ['fleet', 'int8', { int8: 3, float32: 1 }, version, version],
  );
  assert.match(report?.why ?? '', /^Workers of the fleet: 3 int8, 1 float32\./);
  assert.equal(precision.floatOf(live)?.version, version);
  members.all = [];
  const { serves, workers } = precision.reportOf(live, live) ?? {};
  assert.deepEqual([serves, workers], ['float32', { int8: 0, float32: 0 }]);
});

for (const task of ['image-embedding', 'thing-embedding']) {
  test(`of a quantised model of the task ${task} a gateway says that all workers run what is live`, async () => {
    const shipped = await readModelFolder('models/coco-ssd');
    const live = { ...shipped, manifest: { ...shipped.manifest, task } } as typeof shipped;
    const precision = createFleetPrecision({ members: { all: [] }, kept: async () => [], log: SILENT_LOG });
    await precision.first(live);
    const { state, serves, why } = precision.reportOf(live, live) ?? {};
    assert.deepEqual([state, serves], ['chosen', 'float32']);
    assert.match(why ?? '', /^Embeddings are compared/);
  });
}
