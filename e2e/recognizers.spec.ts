import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { RECOGNIZER_CONTRACT } from '../app/recognizers/recognizerContract.ts';
import { addColourModel, copyShipped } from '../server/testing/modelFixtures.ts';
import { ROOT } from './harness/root.ts';
import { type Server, startServer } from './harness/server.ts';
import { test } from './harness/test.ts';
import { openWorkbench } from './workbench/workbench.ts';

/** A server with two models, and a page for all tests of a place: its models are loaded once. */
let modelsDir: string;
let server: Server;

test.beforeAll(async () => {
  modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  await copyShipped(path.join(modelsDir, 'coco-ssd'), path.join(ROOT, 'models/coco-ssd'));
  await addColourModel(modelsDir, 'image-classification');
  server = await startServer({ env: { WORKERS: '1', MODELS_DIR: modelsDir } });
});

test.afterAll(async () => {
  await server.close();
  await rm(modelsDir, { recursive: true, force: true });
});

for (const place of ['server', 'device'] as const) {
  test.describe(`labels from the ${place}`, () => {
    let page: Page;

    test.beforeAll(async ({ browsers }) => {
      const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
      page = await browser.newPage();
      await openWorkbench(page, { url: server.url, modelsDir, models: ['coco-ssd', 'colours'] });
    });

    test.afterAll(() => page.close());

    for (const name of Object.keys(RECOGNIZER_CONTRACT)) {
      test(name, () =>
        page.evaluate(([where, what]) => window.workbench.testRecognizer(where, what), [
          place,
          name,
        ] as const),
      );
    }
  });
}
