import { shareOfSmaller } from '../geometry.ts';
import { cropped, type Pixels } from '../pixels.ts';
import { boxOfQuad, mapQuad, type Quad, sidesOfQuad, thicknessOfQuad } from '../quad.ts';
import { type Detect, findLines } from './findLines.ts';
import { type ReadLine, SURE } from './lineReader.ts';
import { enlargedSize, windowsAround } from './windows.ts';

/** Up to this height, in pixels as the detector saw them, lines are looked at again: of lower ones it loses letters, or all. */
const SMALL_PX = 24;
/** Heights that the highest line of a window gets, one after the other: what one size misses, another finds. */
const HEIGHTS_PX = [36, 54] as const;
/** Pixels of all windows of a picture, as the detector sees them: about 0.4 s on one core. */
const MAX_PIXELS = 1_200_000;
/** A line is the same as another where they share this much of the smaller one. */
const SAME = 0.5;
/** A line that was sure is read again only where it is longer than it seemed. */
const LONGER = 1.15;
/** A letter counts by how much its score exceeds this: guesses do not outweigh fewer letters that are sure. */
const GUESS = 0.5;

/** A line, and the quad by which it was found, before it was turned. */
export interface FoundLine {
  readonly region: Quad;
  readonly line: ReadLine;
}

interface Means {
  readonly detect: Detect;
  /** @param region in pixels of the picture */
  read(region: Quad): Promise<ReadLine>;
  hasTime(): boolean;
}

/**
 * Looks for the small lines of a picture again, in enlarged parts of it, and takes what reads better. Only what lies where a line
 * was found before counts: enlarged, leaves and bars look like letters.
 * @param scale pixels of the detector for each of the picture, when the lines were found
 */
export async function closerLook(
  picture: Pixels,
  found: readonly FoundLine[],
  scale: number,
  { detect, read, hasTime }: Means,
): Promise<FoundLine[]> {
  const isSmall = ({ region }: FoundLine) => thicknessOfQuad(region) * scale < SMALL_PX;
  const windows = windowsAround(
    found.filter(isSmall).map(({ region }) => region),
    picture,
  );
  let lines = [...found];
  let pixelsLeft = MAX_PIXELS;
  for (const window of windows) {
    const { left, top } = window.part;
    const part = cropped(picture, window.part);
    for (const height of HEIGHTS_PX) {
      const size = enlargedSize(window, height, scale);
      pixelsLeft -= size.width * size.height;
      if (pixelsLeft < 0 || !hasTime()) return lines;
      for (const inPart of await findLines(part, size, detect)) {
        const region = mapQuad(inPart, ([x, y]) => [x + left, y + top]);
        const before = lines.filter((line) => isSmall(line) && isSame(line.region, region));
        if (before.length === 0 || before.some((each) => isSureAs(each, region))) continue;
        const line = await read(region);
        const weightBefore = before.reduce((sum, each) => sum + weight(each.line), 0);
        if (weight(line) > weightBefore) {
          lines = [...lines.filter((each) => !before.includes(each)), { region, line }];
        }
      }
    }
  }
  return lines;
}

const weight = ({ text, score }: ReadLine): number => text.length * Math.max(0, score - GUESS);

const isSureAs = ({ region, line }: FoundLine, now: Quad): boolean =>
  line.score >= SURE && sidesOfQuad(now).along <= LONGER * sidesOfQuad(region).along;

const isSame = (a: Quad, b: Quad): boolean => shareOfSmaller(boxOfQuad(a), boxOfQuad(b)) > SAME;
