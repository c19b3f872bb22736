import type { Box } from '../geometry.ts';
import { cropped, type Pixels, resized } from '../pixels.ts';
import { tilePx } from '../tiles/tilePx.ts';
import { THING_SIDE_PX } from './thingSide.ts';

/** The picture stretched to a square, as networks take it. */
export const squared = (picture: Pixels, sidePx: number): Pixels => {
  const to = { width: sidePx, height: sidePx };
  return resized(picture, to, { left: 0, top: 0, ...to }, 'antialiased');
};

/** Parts of a picture as the embedder takes them: uint8 RGB, [boxes, 160, 160, 3]. @param boxes in 0..1 of it */
export function cutThings(picture: Pixels, boxes: readonly Box[]): Uint8Array {
  const bytes = THING_SIDE_PX ** 2 * 3;
  const all = new Uint8Array(boxes.length * bytes);
  for (const [at, box] of boxes.entries()) {
    all.set(squared(cropped(picture, tilePx(box, picture)), THING_SIDE_PX).data, at * bytes);
  }
  return all;
}
