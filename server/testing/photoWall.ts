import sharp from 'sharp';
import type { Label } from '../../protocol/messages.ts';
import { iou } from '../../vision/geometry.ts';
import { photo } from './media.ts';

export const WALL = { width: 1_800, height: 1_200 } as const;
/** Too small for one look at the whole, 37 of the model's 300 pixels, and plain to a look at a quarter of it, however it is encoded. */
export const WALL_PHOTOS = [
  { name: 'cat.png', label: 'cat', left: 150, top: 200 },
  { name: 'cat.png', label: 'cat', left: 1_350, top: 850 },
  { name: 'astronaut.png', label: 'person', left: 1_100, top: 150 },
  { name: 'astronaut.png', label: 'person', left: 420, top: 900 },
] as const;
const SIDE = 220;

/** A wall with small photos far from each other, as a JPEG. */
export async function photoWall(): Promise<Uint8Array<ArrayBuffer>> {
  const photos = WALL_PHOTOS.map(async ({ name, left, top }) => ({
    input: await sharp(await photo(name))
      .flatten()
      .resize(SIDE, SIDE, { fit: 'cover' })
      .toBuffer(),
    left,
    top,
  }));
  const background = { r: 60, g: 90, b: 60 };
  return new Uint8Array(
    await sharp({ create: { ...WALL, channels: 3, background } })
      .composite(await Promise.all(photos))
      .jpeg({ quality: 90 })
      .toBuffer(),
  );
}

/** The number of photos with a label of theirs. */
export const foundOnWall = (labels: readonly Label[]) =>
  WALL_PHOTOS.filter(({ label, left, top }) => {
    const box = [left / WALL.width, top / WALL.height, SIDE / WALL.width, SIDE / WALL.height] as const;
    return labels.some((one) => one.label === label && one.box && iou(one.box, box) > 0.4);
  }).length;
