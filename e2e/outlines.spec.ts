import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { addMaskModel } from '../server/import/testing/maskModel.ts';
import { importApart } from './harness/importApart.ts';
import { cameraStarts } from './harness/lens.ts';
import { test as base, expect } from './harness/test.ts';

/** With a model that sees a dog wherever it looks, and a mask of the left half of its box. */
const test = base.extend<{ modelsDir: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  modelsDir: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    await importApart<typeof addMaskModel>('maskModel.ts', 'addMaskModel', dir);
    await use(dir);
    await rm(dir, { recursive: true, force: true });
  },
});

test('a mask is outlined and tinted over the picture, in the colour of its name', async ({
  open,
  serve,
  modelsDir,
}) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const lens = await open({ url, camera: 'cat-still' });
  await cameraStarts(lens);
  const outline = lens.page.getByTestId('label-outline');
  await expect(outline).toHaveAttribute('data-label', 'dog');
  // The dark line behind it is the first.
  const line = outline.locator('path').last();
  await expect(line).toHaveAttribute('d', /^M[\d.]+ [\d.]+L.*Z$/);
  const colour = await line.evaluate((path) => getComputedStyle(path).stroke);
  const chip = lens.page.getByTestId('label-chip').first();
  await expect(chip).toHaveCSS('background-color', colour);
  await lens.page.setViewportSize({ width: 390, height: 844 });
  const shots = process.env.LIVELENS_SHOTS;
  if (shots) await lens.page.screenshot({ path: path.join(shots, 'outline-390.png') });
  await lens.page.setViewportSize({ width: 1280, height: 800 });
  await expect(line).toHaveAttribute('d', /Z$/);
  if (shots) await lens.page.screenshot({ path: path.join(shots, 'outline-1280.png') });
});
