import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { openSnapshots } from '../library/snapshots.ts';
import { findModels } from '../serving/foundModels.ts';
import type { OpenDirectory } from '../serving/modelDirectoryContract.ts';
import { createModelRegistry } from '../serving/registry.ts';
import { addColourModel, modelsDirectory } from './modelFixtures.ts';
import { SILENT_LOG } from './silentLog.ts';

const COST = {
  inferMs: 1,
  memoryBytes: 1,
  largestDifference: 0,
  recordedBy: undefined,
  answers: new Map(),
};

/** A registry over real folders; its workers load what they are asked to, or fail. */
export const openRegistry = (async (
  t: TestContext,
  { withColours = false, isEmpty = false }: { withColours?: boolean; isEmpty?: boolean } = {},
) => {
  const modelsDir = await modelsDirectory(t);
  if (withColours) await addColourModel(modelsDir, 'image-classification');
  const snapshots = await openSnapshots();
  t.after(() => snapshots.close());
  // There is room for the first of two only, so that the second is unloaded.
  const maxMemoryBytes = withColours ? 1 : Number.POSITIVE_INFINITY;
  const found = await findModels({ modelsDir, maxMemoryBytes, snapshots }, SILENT_LOG);
  const stage = { canLoad: true };
  const loaded = found.loaded.map(({ manifest, version }) => ({
    id: manifest.id,
    version,
    ...(isEmpty ? { ok: false as const, why: 'It does not load.' } : { ok: true as const, ...COST }),
  }));
  const assertLoads = () => {
    if (!stage.canLoad) throw new Error('No worker can load it.');
  };
  const pool = {
    ready: Promise.resolve(loaded),
    async prove(_: unknown, { judge }: { judge(cost: typeof COST): void }) {
      assertLoads();
      judge(COST);
      return COST;
    },
    async adopt(_: unknown, { onSwitch }: { onSwitch(): void }) {
      assertLoads();
      onSwitch();
    },
    remove() {},
    abandon() {},
  };
  const directory = createModelRegistry({
    modelsDir,
    found,
    pool,
    snapshots,
    log: SILENT_LOG,
    nowMs: () => performance.now(),
    maxMemoryBytes: Number.POSITIVE_INFINITY,
    maxSlowdown: 1_000,
  });
  t.after(() => directory.close());
  if (isEmpty) await directory.ready.catch(() => rm(path.join(modelsDir, 'coco-ssd'), { recursive: true }));
  else await directory.ready;
  return Object.assign(stage, {
    directory,
    async addColours() {
      await addColourModel(modelsDir, 'image-classification');
      await directory.refresh('colours');
    },
  });
}) satisfies OpenDirectory;
