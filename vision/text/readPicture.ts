import type { Pixels } from '../pixels.ts';
import { type Quad, thicknessOfQuad } from '../quad.ts';
import { closerLook, type FoundLine } from './closerLook.ts';
import type { LineText } from './decodeLine.ts';
import { detectorSize } from './detectorSize.ts';
import { type Detect, findLines } from './findLines.ts';
import type { LineCache } from './lineCache.ts';
import { type ReadLine, readLine } from './lineReader.ts';

/** The two networks. */
export interface TextNetworks {
  readonly detect: Detect;
  /** Of an upright line of `LINE_HEIGHT_PX`. */
  recognize(line: Pixels): Promise<LineText>;
}

export interface ReadOptions {
  /** Lines of earlier frames. Without it the picture is a single one, and its small lines get a closer look. */
  cache?: LineCache | undefined;
  /** Asked before each line that has to be read, but for the first, so that each frame gets on. The largest come first. */
  hasTime?: (() => boolean) | undefined;
}

export interface ReadPicture {
  /** With their quads in the picture's pixels, in no order. */
  readonly lines: readonly ReadLine[];
  /** How many were found that there was no time to read. */
  readonly unread: number;
}

/** The lines of text in a picture. */
export async function readPicture(
  picture: Pixels,
  { detect, recognize }: TextNetworks,
  { cache, hasTime = () => true }: ReadOptions,
): Promise<ReadPicture> {
  const size = detectorSize(picture);
  const regions = (await findLines(picture, size, detect)).toSorted(
    (a, b) => thicknessOfQuad(b) - thicknessOfQuad(a),
  );
  const read = (quad: Quad) => readLine(picture, quad, recognize);
  let found: FoundLine[] = [];
  let [newlyRead, unread] = [0, 0];
  let coarse: FoundLine | undefined;
  for (const region of regions) {
    const known = cache?.find(picture, region);
    if (known) {
      found.push({ region, line: known.line });
      if (known.isCoarse) coarse ??= { region, line: known.line };
      continue;
    }
    if (newlyRead > 0 && !hasTime()) {
      unread += 1;
      continue;
    }
    newlyRead += 1;
    const line = await read(region);
    cache?.add(picture, region, line);
    found.push({ region, line });
  }
  // One in a frame, and after all that is new: what comes nearer has a reading until it has a better one.
  if (coarse && hasTime()) {
    const { region, line } = coarse;
    const chosen = better(line, await read(region));
    cache?.add(picture, region, chosen);
    found = found.map((each) => (each.region === region ? { region, line: chosen } : each));
  }
  if (cache === undefined) {
    found = await closerLook(picture, found, size.width / picture.width, { detect, read, hasTime });
  }
  return { lines: found.map(({ line }) => line).filter(({ text }) => text !== ''), unread };
}

/** Of two readings of a line: of the same letters that with more spaces, which the recognizer loses and does not invent. */
function better(before: ReadLine, now: ReadLine): ReadLine {
  const letters = ({ text }: ReadLine) => text.replaceAll(' ', '');
  const isNowBetter =
    letters(before) === letters(now) ? now.text.length >= before.text.length : now.score >= before.score;
  return isNowBetter ? now : before;
}
