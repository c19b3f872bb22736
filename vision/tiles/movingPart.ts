import { boxInPicture } from '../fit.ts';
import { type Box, clip, WHOLE } from '../geometry.ts';
import { type DescribedInput, fitPicture, type Size } from '../steps.ts';
import { MAX_ENLARGEMENT } from './planTiles.ts';

/**
 * The part has this much of what moved around it on each side, where there is room. With 0.25, 0.5, 0.75 and 1 small photos of a cat got
 * scores of 0.99, 0.99, 0.95 and 0.64 by COCO-SSD, of a person 0.83, 0.64, 0.44 and 0.69, and of a cup 0.70, 0.28, 0.22 and 0.21.
 */
const AROUND = 0.25;
/** And this much of its side at the least: what is cut off at an edge is not counted. */
const LEAST_AROUND = 0.1;
const LEAST_SIDE = 0.25;
/** A larger one shows little more than the whole: as large as the tiles of a grid of two by two. */
const MAX_SIDE = 4 / 7;

/**
 * The part of a picture to look at because something moves in it, all of which it shows.
 * @param moved box around all that changed, in 0..1 of the model's input
 * @param picture in pixels
 * @returns in 0..1 of what a frame of the whole shows; undefined where too much has changed, or the picture has so few pixels that the
 * part would be enlarged by more than a tile may be
 */
export function movingPart(moved: Box, picture: Size, input: DescribedInput): Box | undefined {
  const { part, inputRect } = fitPicture(picture, input);
  const [x, y, width, height] = clip(boxInPicture(moved, { part: WHOLE, inputRect }));
  const shown = { width: part[2] * picture.width, height: part[3] * picture.height };
  const least = Math.max(
    LEAST_SIDE,
    Math.max(width, height) / (1 - 2 * LEAST_AROUND),
    Math.min((inputRect[2] * input.width) / shown.width, (inputRect[3] * input.height) / shown.height) /
      MAX_ENLARGEMENT,
  );
  if (least > MAX_SIDE) return undefined;
  const side = Math.min(MAX_SIDE, Math.max(least, (1 + 2 * AROUND) * Math.max(width, height)));
  return squareAround([x, y, width, height], side);
}

/** The part of this side with the box in its middle, or as near to that as the picture's edges let it be. */
export function squareAround([x, y, width, height]: Box, side: number): Box {
  const within = (centre: number) => Math.min(1 - side, Math.max(0, centre - side / 2));
  return [within(x + width / 2), within(y + height / 2), side, side];
}
