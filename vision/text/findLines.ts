import { type Pixels, resized } from '../pixels.ts';
import { type Quad, scaledQuad } from '../quad.ts';
import type { Size } from '../steps.ts';
import { joinPieces } from './joinPieces.ts';
import { findRegions, type ProbabilityMap } from './regions.ts';

/** The network that finds text. @param picture whose sides are multiples of 32; the map has its size */
export type Detect = (picture: Pixels) => Promise<ProbabilityMap>;

/**
 * The lines of text in a picture, not read yet.
 * @param size in which the network sees the picture
 * @returns corners in pixels of the picture
 */
export async function findLines(picture: Pixels, size: Size, detect: Detect): Promise<Quad[]> {
  const map = await detect(resized(picture, size, { left: 0, top: 0, ...size }, 'bicubic'));
  return joinPieces(findRegions(map)).map((quad) =>
    scaledQuad(quad, picture.width / size.width, picture.height / size.height),
  );
}
