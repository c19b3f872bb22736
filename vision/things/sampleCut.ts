import { type Box, clip, grow } from '../geometry.ts';
import type { Size } from '../steps.ts';
import { tilePx } from '../tiles/tilePx.ts';
import { SAMPLE_MARGIN } from './sampleViews.ts';

/** Longer side of the picture of a sample, pixels. */
export const SAMPLE_SIDE_PX = 480;

/**
 * What of a picture becomes the picture of a sample: the thing with something around it, as far as there is something.
 * @param box of the thing, in 0..1 of the picture
 * @returns whole pixels of the picture, and where the thing is in them, in 0..1
 */
export function sampleCut(box: Box, picture: Size): { rect: ReturnType<typeof tilePx>; thing: Box } {
  const rect = tilePx(clip(grow(box, SAMPLE_MARGIN)), picture);
  const [x, y, width, height] = box;
  const thing = clip([
    (x * picture.width - rect.left) / rect.width,
    (y * picture.height - rect.top) / rect.height,
    (width * picture.width) / rect.width,
    (height * picture.height) / rect.height,
  ]);
  return { rect, thing };
}
