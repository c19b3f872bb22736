import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { photoWall } from '../server/testing/photoWall.ts';
import { encodeY4m } from './footage/y4m.ts';
import { expect, test } from './harness/test.ts';

/** Pictures of the camera a second, and their size, whole pairs of pixels: a phone gives this and more. */
const RATE = 10;
const SIZE = { width: 1_280, height: 852 } as const;

for (const place of ['server', 'device'] as const) {
  test(`${place}: before a scene that stands still small things are named that one look at the whole does not show`, async ({
    open,
  }, testInfo) => {
    const file = testInfo.outputPath('wall.y4m');
    const picture = await sharp(await photoWall())
      .resize({ ...SIZE, fit: 'fill' })
      .jpeg({ quality: 95 })
      .toBuffer();
    await writeFile(file, await encodeY4m([picture, picture], RATE));
    const lens = await open({ camera: 'two', place, flags: [`--use-file-for-fake-video-capture=${file}`] });
    await expect(lens.main).toHaveAttribute('data-state', 'live');
    await expect(lens.boxes('cat')).toHaveCount(2);
    // One of the two is as small as the model just sees: it takes one part more or less.
    await expect(lens.boxes('person').first()).toBeVisible();
  });
}
