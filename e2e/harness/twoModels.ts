import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addColourModel, copyShipped } from '../../server/testing/modelFixtures.ts';
import { ROOT } from './root.ts';
import { test as base } from './test.ts';

export const test = base.extend<{ modelsDir: string }>({
  /** A folder of models that a test may change: two that can be used side by side. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  modelsDir: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    await copyShipped(dir, path.join(ROOT, 'models'));
    await addColourModel(dir, 'image-classification');
    await use(dir);
    await rm(dir, { recursive: true, force: true });
  },
});
