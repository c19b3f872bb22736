import type { Pixels } from '../pixels.ts';
import { type Quad, sidesOfQuad, turnedQuad } from '../quad.ts';
import { cropQuad } from './cropQuad.ts';
import type { LineText } from './decodeLine.ts';

/** A line that was read. */
export interface ReadLine extends LineText {
  /** Clockwise from the text's own top left, in pixels of the picture. */
  readonly quad: Quad;
  /** Quarter turns from the quad that was given to this one. */
  readonly turns: number;
}

/** The height of a line as the recognizer sees it, pixels. */
export const LINE_HEIGHT_PX = 48;
/**
 * Each line has its own width: next to padding the recognizer loses the spaces between words. Rounded up by little, so that the
 * runtime meets fewer sizes.
 */
const WIDTH_STEP_PX = 8;
const WIDTH_PX = { min: 16, max: 2_400 };

/** From this score on a line is certainly not upside down, nor sideways the other way. */
export const SURE = 0.9;
/** The other way round must be better by this. */
const CLEARLY_BETTER = 0.1;
/** A region that is higher than wide by this is a line that runs up or down... */
const SIDEWAYS = 1.5;
/** ...but up to this also a letter or two, such as a 1. */
const SURELY_SIDEWAYS = 3;

/**
 * Reads a line, the other way round too where it is not clear which way is up. No network decides that: the usual one turns long
 * upright lines, and single digits, upside down.
 * @param quad in pixels of the picture; its first edge is the one that is nearest to level, left to right
 * @param recognize reads an upright line of `LINE_HEIGHT_PX`
 */
export async function readLine(
  picture: Pixels,
  quad: Quad,
  recognize: (line: Pixels) => Promise<LineText>,
): Promise<ReadLine> {
  const read = async (turns: number): Promise<ReadLine> => {
    const turned = turnedQuad(quad, turns);
    const { along, across } = sidesOfQuad(turned);
    const ownWidth = (LINE_HEIGHT_PX * along) / Math.max(across, 1);
    const width = Math.min(
      WIDTH_PX.max,
      Math.max(WIDTH_PX.min, Math.ceil(ownWidth / WIDTH_STEP_PX) * WIDTH_STEP_PX),
    );
    return { ...(await recognize(cropQuad(picture, turned, width, LINE_HEIGHT_PX))), quad: turned, turns };
  };
  const { along, across } = sidesOfQuad(quad);
  const ratio = across / Math.max(along, 1);
  if (ratio < SIDEWAYS) {
    const upright = await read(0);
    if (upright.score >= SURE || isShortNumber(upright.text)) return upright;
    const turned = await read(2);
    return turned.score > upright.score + CLEARLY_BETTER ? turned : upright;
  }
  const upright = ratio < SURELY_SIDEWAYS ? await read(0) : undefined;
  if (upright && (isShortNumber(upright.text) || (upright.score >= SURE && upright.text.length <= 2))) {
    return upright;
  }
  const down = await read(1);
  if (down.score >= SURE) return down;
  const up = await read(3);
  return [up, upright].reduce<ReadLine>((best, one) => (one && one.score > best.score ? one : best), down);
}

/** Of few digits no one can tell which way is up: 6 and 9, 0 and 8, 1. They are read as they stand. */
const isShortNumber = (text: string): boolean =>
  text.length <= 4 && /^[\d.,:%+/-]*\d[\d.,:%+/-]*$/.test(text);
