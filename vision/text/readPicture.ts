import { type Pixels, resized } from '../pixels.ts';
import { scaledQuad, sidesOfQuad } from '../quad.ts';
import type { LineText } from './decodeLine.ts';
import { detectorSize } from './detectorSize.ts';
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
  /** Lines of earlier frames. */
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
  const quads = findRegions(await detect(small))
    .map((quad) => scaledQuad(quad, picture.width / size.width, picture.height / size.height))
    .toSorted((a, b) => thickness(b) - thickness(a));
  const lines: ReadLine[] = [];
  let [read, unread] = [0, 0];
  for (const quad of quads) {
    const known = cache?.find(picture, quad);
    if (known) {
      lines.push(known);
      continue;
    }
    if (read > 0 && !hasTime()) {
      unread += 1;
      continue;
    }
    read += 1;
    const line = await readLine(picture, quad, recognize);
    cache?.add(picture, quad, line);
    lines.push(line);
  }
  return { lines: lines.filter(({ text }) => text !== ''), unread };
}

const thickness = (quad: ReadLine['quad']): number => {
  const { along, across } = sidesOfQuad(quad);
  return Math.min(along, across);
};
