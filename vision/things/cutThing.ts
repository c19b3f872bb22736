import type { Box } from '../geometry.ts';
import { cropped, type Pixels, resized } from '../pixels.ts';
import type { Size } from '../steps.ts';
import { tilePx } from '../tiles/tilePx.ts';
import { THING_SIDE_PX } from './thingSide.ts';

/** The picture stretched to what a network takes. */
const stretched = (picture: Pixels, to: Size): Pixels =>
  resized(picture, to, { left: 0, top: 0, ...to }, 'antialiased');

/** The picture stretched to a square. */
export const squared = (picture: Pixels, sidePx: number): Pixels =>
  stretched(picture, { width: sidePx, height: sidePx });

/** As the shipped embedder takes things. */
export const THING_SIZE: Size = { width: THING_SIDE_PX, height: THING_SIDE_PX };

/**
 * Parts of a picture as an embedder takes them: uint8 RGB, [boxes, height, width, 3].
 * @param boxes in 0..1 of it
 * @param size of each
 */
export function cutThings(picture: Pixels, boxes: readonly Box[], size = THING_SIZE): Uint8Array {
  const bytes = size.width * size.height * 3;
  const all = new Uint8Array(boxes.length * bytes);
  for (const [at, box] of boxes.entries()) {
    all.set(stretched(cropped(picture, tilePx(box, picture)), size).data, at * bytes);
  }
  return all;
}
