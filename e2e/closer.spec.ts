import { photoWall } from '../server/testing/photoWall.ts';
import { stillVideo } from './harness/stillVideo.ts';
import { expect, test } from './harness/test.ts';

for (const place of ['server', 'device'] as const) {
  test(`${place}: in footage that stands still small things are named that one look at the whole does not show`, async ({
    open,
  }) => {
    const lens = await open({ camera: 'none', place });
    const buffer = await stillVideo(lens.page, await photoWall());
    await lens.page
      .getByTestId('video-input')
      .setInputFiles({ name: 'wall.webm', mimeType: 'video/webm', buffer });
    await expect(lens.main).toHaveAttribute('data-state', 'live');
    await expect(lens.boxes('cat')).toHaveCount(2);
    await expect(lens.boxes('person')).toHaveCount(2);
  });
}
