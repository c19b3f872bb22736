import path from 'node:path';
import { cameraStarts } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

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
