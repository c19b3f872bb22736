import type { DescribedInput, Size } from '../../../vision/steps.ts';
import { stepsOf } from '../../../vision/steps.ts';
import { planTiles } from '../../../vision/tiles/planTiles.ts';
import { tilePx } from '../../../vision/tiles/tilePx.ts';
import { stepsCost } from './stepsCost.ts';

/** A pixel of a frame as PNG, uncompressed: its filter, its checksums, its copy. Measured, and rounded up; ms. */
const PNG_MS = 20e-6;

/** What it takes to make frames of a picture's tiles, in addition to decoding it; see `stepsCost`. */
export function tilesCost(input: DescribedInput, picture: Size): number {
  const steps = stepsOf(input);
  return planTiles(picture, input).reduce(
    (sum, { part }) => sum + stepsCost(steps, tilePx(part, picture)) + PNG_MS * input.width * input.height,
    0,
  );
}
