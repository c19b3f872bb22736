import type { Box } from '../geometry.ts';

/** How much of the thing's box the picture of a sample has around it, on each side, share of that side. */
export const SAMPLE_MARGIN = 0.1;

/** Views of a sample: how much wider and higher than the thing's box, and moved by which shares of it. */
const VIEWS = [
  { grow: 0, right: 0, down: 0 },
  { grow: -0.05, right: 0, down: 0 },
  { grow: 0.06, right: 0, down: 0 },
  { grow: 0, right: 0.05, down: 0.05 },
  { grow: 0, right: -0.05, down: -0.05 },
] as const;

/**
 * The parts of a sample's picture that are embedded, the plain one first: in 0..1 of the picture.
 * @param thing where the thing is in the picture, in 0..1
 */
export function sampleViews(thing: Box): readonly Box[] {
  const [x, y, width, height] = thing;
  return VIEWS.map(({ grow, right, down }) => {
    const left = Math.max(0, x - width * grow + width * right);
    const top = Math.max(0, y - height * grow + height * down);
    const rightEdge = Math.min(1, x + width * (1 + grow + right));
    const bottom = Math.min(1, y + height * (1 + grow + down));
    return [left, top, rightEdge - left, bottom - top];
  });
}
