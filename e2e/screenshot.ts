import path from 'node:path';
import { cameraStarts } from './harness/lens.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

test('docs/screenshot.jpg', async ({ open }) => {
  const lens = await open({ camera: 'poster', context: { viewport: { width: 1200, height: 800 } } });
  await cameraStarts(lens);
  await expect(lens.boxes('cup')).toHaveCount(1);
  // The readout counts over some time; a picture of its first moments would show too little.
  const counted = lens.answers.length;
  await expect.poll(() => lens.answers.length, { timeout: 20_000 }).toBeGreaterThan(counted + 100);
  await lens.page.screenshot({ path: path.join(ROOT, 'docs/screenshot.jpg'), type: 'jpeg', quality: 85 });
});
