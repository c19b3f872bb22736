import { carryPoints, followPoints } from '../../vision/carryPoints.ts';
import { outlineInPicture } from '../../vision/fit.ts';
import type { Box } from '../../vision/geometry.ts';
import type { Outline } from '../../vision/masks/outline.ts';
import { quadInBox, shapeOfQuad } from '../../vision/quad.ts';
import type { ShapeCarrier } from './trackBoard.ts';

/** Carries the corners, the key points and the outline of a label. */
export const CARRIED_SHAPES: ShapeCarrier = {
  follow: (previous, { points }, { atMs, shownAtMs }, options) =>
    points && followPoints(previous, { points, atMs }, shownAtMs, options),
  shown: ({ label: { box, quad, outline }, points }, carried, shownAtMs, options) => ({
    quad: quad && box && carried && quadInBox(shapeOfQuad(quad, box), carried),
    outline: outline && carriedOutline(outline, box, carried),
    ...(points && { points: carryPoints(points, shownAtMs, options) }),
  }),
};

/** Of a part of the picture that has no box it stays where it was seen. */
const carriedOutline = (seen: Outline, box: Box | undefined, carried: Box | undefined): Outline =>
  box && carried && box.some((side, at) => side !== carried[at])
    ? outlineInPicture(seen, { part: carried, inputRect: box })
    : seen;
