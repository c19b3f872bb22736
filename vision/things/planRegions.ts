import { type Box, sharedArea, visiblePart, WHOLE } from '../geometry.ts';
import type { Size } from '../steps.ts';
import type { ThingRegion } from '../tasks/thingEmbedding.ts';
import { THING_SIDE_PX } from './thingSide.ts';

/** A part of a picture that is to be embedded. */
export type PlannedRegion = Pick<ThingRegion, 'box' | 'source' | 'score'>;

/** Boxes of the detector from this score on: what has a taught name is often none of its 80 kinds, and gets a low one. */
export const MIN_REGION_SCORE = 0.15;
/** Detected regions at most, best first: each takes as long as a seventh of the detector. */
export const MAX_DETECTED = 6;
/** Regions of a picture at most: these, the middle, and all of it. */
export const MAX_REGIONS = MAX_DETECTED + 2;
/** Side of the square in the middle, share of the picture's shorter side: where a thing is that is held up. */
const MIDDLE_SHARE = 0.6;

/** Where a thing is that is held up, in 0..1 of a picture of this size in pixels. */
export function middleSquare({ width, height }: Size): Box {
  const side = Math.min(width, height) * MIDDLE_SHARE;
  const [x, y] = [side / width, side / height];
  return [(1 - x) / 2, (1 - y) / 2, x, y];
}

/** Least part of a box that lies in the square in the middle, where it is of what is held up there: a person who holds it has less in it. */
const LEAST_IN_MIDDLE = 0.65;
/** Area of such a box at least, share of the square's: smaller ones are parts of the thing. */
const LEAST_OF_MIDDLE = 0.25;

/** Whether a box is that of the thing in the square in the middle. */
export function isOfMiddle(box: Box, middle: Box): boolean {
  const area = box[2] * box[3];
  return area >= LEAST_OF_MIDDLE * middle[2] * middle[3] && sharedArea(box, middle) >= LEAST_IN_MIDDLE * area;
}

/** A picture of this size is a thing that was cut out already: nothing is looked for in it. */
export const isCutOut = ({ width, height }: Size): boolean => Math.max(width, height) <= THING_SIDE_PX;

/**
 * What may be things in a picture: what was detected, the square in the middle, and all of it, which is last.
 * @param size of the picture, pixels
 * @param detected best first, in 0..1 of it
 */
export function planRegions(
  size: Size,
  detected: readonly { readonly box: Box; readonly score: number }[],
): readonly PlannedRegion[] {
  const whole: PlannedRegion = { box: WHOLE, source: 'whole', score: 1 };
  if (isCutOut(size)) return [whole];
  const boxes = detected.flatMap(({ box, score }): PlannedRegion[] => {
    const part = visiblePart(box);
    return part === undefined || !(score >= MIN_REGION_SCORE)
      ? []
      : [{ box: part, source: 'detected', score }];
  });
  const middle: PlannedRegion = { box: middleSquare(size), source: 'middle', score: 1 };
  return [...boxes.slice(0, MAX_DETECTED), middle, whole];
}
