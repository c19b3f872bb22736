import path from 'node:path';
import sharp from 'sharp';
import { cameraStarts } from './harness/lens.ts';
import { recordScreen } from './harness/recordScreen.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

/** What README's pages may weigh, bytes. */
const MAX_MOVING_PICTURE_BYTES = 1_500_000;
const MAX_STATUS_BYTES = 60_000;

test('docs/screenshot.jpg', async ({ open }) => {
  const context = { viewport: { width: 1200, height: 800 } };
  const lens = await open({ camera: 'poster', place: 'default', context });
  await cameraStarts(lens);
  await expect(lens.boxes('cup')).toHaveCount(1);
  // The scene stands still, so only its first moments are counted.
  await expect
    .poll(async () => Number(await lens.page.getByTestId('readout').getAttribute('data-rate')))
    .toBeGreaterThan(10);
  await lens.page.screenshot({ path: path.join(ROOT, 'docs/screenshot.jpg'), type: 'jpeg', quality: 85 });
});

test('docs/livelens.webp', async ({ open }) => {
  test.setTimeout(300_000); // Most of it is encoding.
  const lens = await open({ camera: 'trailer', context: { viewport: { width: 900, height: 600 } } });
  await cameraStarts(lens);
  // From the moment at which the last scene gives way to the first, so that the picture has no jump where it repeats.
  await expect(lens.boxes('person')).toHaveCount(1, { timeout: 15_000 });
  await expect(lens.boxes('cup')).toHaveCount(1);
  const bytes = await recordScreen(lens.page, {
    file: path.join(ROOT, 'docs/livelens.webp'),
    durationMs: 9_000,
    framesPerSecond: 8,
    widthPx: 720,
  });
  expect(bytes).toBeLessThan(MAX_MOVING_PICTURE_BYTES);
});

test('docs/status.webp', async ({ open, serve }) => {
  test.setTimeout(240_000); // Two minutes are on the plots.
  const server = await serve({ env: { WORKERS: '2' } });
  for (let camera = 0; camera < 3; camera++) {
    const lens = await open({ url: server.url, camera: 'cat-pan' });
    await cameraStarts(lens);
  }
  const { page } = await open({
    url: server.url,
    fragment: `status#${await server.adminFragment()}`,
    context: { viewport: { width: 1280, height: 900 } },
  });
  const samples = () => page.locator('main').evaluate((main) => Number(main.getAttribute('data-samples')));
  await expect.poll(samples, { timeout: 180_000 }).toBeGreaterThan(120);
  const file = path.join(ROOT, 'docs/status.webp');
  const { size } = await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(file);
  expect(size).toBeLessThan(MAX_STATUS_BYTES);
});
