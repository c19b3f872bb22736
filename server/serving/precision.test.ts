import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ModelFolder, readModelFolder } from '../library/modelFolder.ts';
import { ModelRefusal } from '../library/modelRefusal.ts';
import { openProviderRecords } from '../library/providerRecords.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createPrecision } from './precision.ts';

test('when a model gets another name, the version that browsers get has it too', async (t) => {
  const float = await readModelFolder(path.join(await modelsDirectory(t), 'coco-ssd'));
  const quantized = { from: float.version, bits: 7, layers: 1, of: 1, pictures: 1 } as const;
  const provenance = { ...float.manifest.provenance, quantized };
  const named = (name: string) => ({
    ...float,
    version: 'int8',
    manifest: { ...float.manifest, name, provenance },
  });
  const precision = createPrecision({
    mode: 'auto',
    pool: () => assert.fail('there is nothing to race'),
    workers: { count: 1, threads: 1 },
    kept: async () => [float],
    swap: () => assert.fail('nothing is swapped'),
    records: openProviderRecords(undefined, SILENT_LOG),
    log: SILENT_LOG,
  });
  t.after(() => precision.close());
  for (const name of ['Before', 'After']) {
    const live = named(name);
    assert.equal((await precision.first(live)).version, float.version);
    assert.equal(precision.floatOf(live)?.manifest.name, name);
  }
});

/** What becomes of swaps of an int8 version that was made live to the float32 version that is asked for. */
async function swaps(t: TestContext, fail: (attempt: number) => Error | undefined, retryMs: number) {
  const float = await readModelFolder(path.join(await modelsDirectory(t), 'coco-ssd'));
  const quantized = { from: float.version, bits: 7, layers: 1, of: 1, pictures: 1 } as const;
  const provenance = { ...float.manifest.provenance, quantized };
  const live = { ...float, version: 'int8', manifest: { ...float.manifest, provenance } };
  let attempts = 0;
  const { log, nth } = recordLog();
  const precision = createPrecision({
    mode: 'float32',
    pool: () => assert.fail('there is nothing to race'),
    workers: { count: 1, threads: 1 },
    kept: async () => [float],
    async swap() {
      attempts += 1;
      const error = fail(attempts);
      if (error) throw error;
    },
    records: openProviderRecords(undefined, SILENT_LOG),
    log,
    retryMs,
  });
  t.after(() => precision.close());
  const held = (one: ModelFolder) => precision.follow([{ live: one, serving: one }]);
  return {
    held,
    live,
    told: (n: number) => nth('choice between float32 and int8', n),
    count: () => attempts,
  };
}

test('a swap that fails for want of something is tried again, and said each time', async (t) => {
  const { held, live, told } = await swaps(
    t,
    (attempt) => (attempt < 3 ? new Error('There is no room.') : undefined),
    1,
  );
  held(live);
  const lines = [await told(1), await told(2), await told(3)];
  assert.deepEqual(
    lines.map(({ state }) => state),
    ['refused', 'refused', 'chosen'],
  );
  assert.match(String(lines[0]?.why), /^There is no room\. It is tried again \d+ s after that\.$/);
});

test('a version that gives other answers than its reference images is tried again when its folder was written again', async (t) => {
  const wrong = new ModelRefusal('It gives other answers.', ['cup.png: no cup']);
  const { held, live, told, count } = await swaps(t, (attempt) => (attempt === 1 ? wrong : undefined), 1);
  held(live);
  assert.equal((await told(1)).why, 'It gives other answers.');
  held(live);
  assert.equal(count(), 1);
  held({ ...live });
  assert.equal((await told(2)).state, 'chosen');
});
