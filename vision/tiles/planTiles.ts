import { type Box, WHOLE } from '../geometry.ts';
import type { Size } from '../steps.ts';

/** One more view of a picture. */
export interface Tile {
  /** In 0..1 of the picture. */
  readonly part: Box;
  /** Left and right are exchanged: a detector's errors are others then. */
  readonly isMirrored: boolean;
}

/** How much of a tile's side its neighbour shows as well, so that what one cuts in two is whole in the other. */
const OVERLAP = 0.25;
/** A grid is left out where its tiles would be enlarged by more than this: there is nothing more to see. */
export const MAX_ENLARGEMENT = 2.5;

/**
 * The views of a picture that a detector gets in addition to the whole: the whole mirrored, four tiles, and six smaller ones, three
 * along the longer side (slicing-aided inference, Akyon et al. 2022, https://arxiv.org/abs/2202.06934). With the whole these are
 * twelve runs (docs/closer.md says what else was tried).
 * @param picture in pixels
 * @param input of the model, in pixels
 */
export function planTiles(picture: Size, input: Size): Tile[] {
  const isWide = picture.width >= picture.height;
  return [
    { part: WHOLE, isMirrored: true },
    ...grid(2, 2, picture, input),
    ...(isWide ? grid(3, 2, picture, input) : grid(2, 3, picture, input)),
  ];
}

function grid(columns: number, rows: number, picture: Size, input: Size): Tile[] {
  const [width, height] = [sideOf(columns), sideOf(rows)];
  const enlargement = Math.min(
    input.width / (width * picture.width),
    input.height / (height * picture.height),
  );
  if (enlargement > MAX_ENLARGEMENT) return [];
  const tiles: Tile[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [column * width * (1 - OVERLAP), row * height * (1 - OVERLAP)];
      tiles.push({ part: [x, y, width, height], isMirrored: false });
    }
  }
  return tiles;
}

/** Of one of `count` tiles in a row, in 0..1 of the picture. */
const sideOf = (count: number) => 1 / (count - (count - 1) * OVERLAP);
