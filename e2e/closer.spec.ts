import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { photo } from '../server/testing/media.ts';
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

  test(`${place}: before a still camera a small thing that moves is named, which one look at the whole does not show`, async ({
    open,
  }, testInfo) => {
    const file = testInfo.outputPath('walker.y4m');
    await writeFile(file, await encodeY4m(await walker(), RATE));
    const lens = await open({ camera: 'two', place, flags: [`--use-file-for-fake-video-capture=${file}`] });
    await expect(lens.main).toHaveAttribute('data-state', 'live');
    await expect(lens.boxes('cat')).toHaveCount(1);
  });
}

/** A small cat that walks to and fro before a wall, in no picture where it was in the one before. */
async function walker(): Promise<Buffer[]> {
  const side = 110;
  const cat = await sharp(await photo('cat.png'))
    .flatten()
    .resize(side, side, { fit: 'cover' })
    .toBuffer();
  const wall = sharp({ create: { ...SIZE, channels: 3, background: { r: 60, g: 90, b: 60 } } });
  const steps = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1];
  return Promise.all(
    steps.map((step) =>
      wall
        .clone()
        .composite([{ input: cat, left: 700 + 20 * step, top: 300 }])
        .png({ compressionLevel: 1 })
        .toBuffer(),
    ),
  );
}
