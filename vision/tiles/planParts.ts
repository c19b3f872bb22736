import { type Box, grow } from '../geometry.ts';
import type { Size } from '../steps.ts';
import { squareAround } from './movingPart.ts';
import { planTiles } from './planTiles.ts';

/** A thing that is shown, boxes in 0..1 of the picture. */
interface Thing {
  readonly score: number;
  readonly box?: Box | undefined;
}

/** A smaller side than this, in 0..1 of the picture, is that of a small thing. */
const SMALL_SIDE = 0.15;
/** A lower score than this is that of a thing that a second look may decide. */
const UNSURE_SCORE = 0.7;
/** A part around a thing has this much of its width and height around it on each side, and is at least this share of the picture. */
const AROUND = 1;
const LEAST_SIDE = 0.25;

/**
 * The parts of a still picture to look at one after the other, in 0..1 of it: around what was tapped, then the tiles of a thorough
 * look, the large ones first, and of one size those with more small or unsure things.
 * @param picture in pixels
 * @param input of the model, in pixels
 * @param things that are known of it
 * @param focus box of what was tapped
 */
export function planParts(
  picture: Size,
  input: Size,
  { things, focus }: { readonly things: readonly Thing[]; readonly focus?: Box | undefined },
): Box[] {
  const doubtful = things.flatMap(({ score, box }) =>
    box && (score < UNSURE_SCORE || Math.sqrt(box[2] * box[3]) < SMALL_SIDE) ? [box] : [],
  );
  const tiles = planTiles(picture, input)
    .filter(({ isMirrored }) => !isMirrored)
    .map(({ part }) => ({
      part,
      area: Math.round(part[2] * part[3] * 1e4),
      interest: doubtful.filter((box) => isCentreIn(box, part)).length,
    }))
    .toSorted((a, b) => b.area - a.area || b.interest - a.interest);
  const parts = tiles.map(({ part }) => part);
  return focus && parts.length > 0 ? [partAround(focus), ...parts] : parts;
}

function isCentreIn([x, y, width, height]: Box, [left, top, wide, high]: Box): boolean {
  const [centreX, centreY] = [x + width / 2, y + height / 2];
  return centreX >= left && centreX <= left + wide && centreY >= top && centreY <= top + high;
}

/** Of the picture's own shape, within it. */
function partAround(box: Box): Box {
  const [, , width, height] = grow(box, AROUND);
  return squareAround(box, Math.min(1, Math.max(width, height, LEAST_SIDE)));
}
