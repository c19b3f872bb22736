import { type Pixels, resized } from '../pixels.ts';
import { scaledQuad, thicknessOfQuad } from '../quad.ts';
import { closerLook, type FoundLine } from './closerLook.ts';
import type { LineText } from './decodeLine.ts';
import { detectorSize } from './detectorSize.ts';
import { joinPieces } from './joinPieces.ts';
import type { LineCache } from './lineCache.ts';
import { type ReadLine, readLine } from './lineReader.ts';
import { findRegions, type ProbabilityMap } from './regions.ts';

/** The two networks. */
export interface TextNetworks {
  /** Of a picture whose sides are multiples of 32; the map has its size. */
  detect(picture: Pixels): Promise<ProbabilityMap>;
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
  const small = resized(picture, size, { left: 0, top: 0, ...size }, 'bicubic');
  const regions = joinPieces(findRegions(await detect(small)))
    .map((quad) => scaledQuad(quad, picture.width / size.width, picture.height / size.height))
    .toSorted((a, b) => thicknessOfQuad(b) - thicknessOfQuad(a));
  const read = (quad: ReadLine['quad']) => readLine(picture, quad, recognize);
  let found: FoundLine[] = [];
  let [newlyRead, unread] = [0, 0];
  for (const region of regions) {
    const known = cache?.find(picture, region);
    if (known) {
      found.push({ region, line: known });
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
  if (cache === undefined) {
    found = await closerLook(picture, found, size.width / picture.width, { detect, read, hasTime });
  }
  return { lines: found.map(({ line }) => line).filter(({ text }) => text !== ''), unread };
}
