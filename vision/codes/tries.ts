import { mapQuad, scaledQuad } from '../quad.ts';
import { barQuad } from './barQuad.ts';
import type { CodeReader, FoundCode, ReadEffort } from './codeReader.ts';
import { type GreyPicture, halved } from './greyPicture.ts';
import { pixelsOf, toPicture, turnedView, type View } from './view.ts';

/** One way to look for codes in a whole picture. */
export interface Try {
  readonly name: string;
  run(picture: GreyPicture, read: CodeReader): FoundCode[];
}

/** Lines of a turned picture that are read for bars: a code is crossed by two where its bars are this part of the picture. */
const LINES = 140;
/** A whole picture is read at no more than this, pixels. */
const WHOLE_PX = 1280 * 960;
/** A picture that stands still, at no more than this. */
const STILL_PX = 4096 * 3072;

/** Angles at which bars are read: within 7.5 degrees of every code there is one. Those that people hold codes at first. */
const ANGLES = [0, 90, 30, 150, 60, 120, 15, 165, 45, 135, 75, 105] as const;

const bars = (degrees: number, invert: boolean): Try => ({
  name: `bars at ${degrees}${invert ? ', inverted' : ''}`,
  run: (picture, read) => {
    const across =
      Math.abs(picture.width * Math.sin((degrees * Math.PI) / 180)) +
      Math.abs(picture.height * Math.cos((degrees * Math.PI) / 180));
    const view = turnedView(picture, degrees, Math.max(1, across / LINES));
    return readView(picture, view, read, { kind: 'linear', harder: true }, invert);
  },
});

const cells = (name: string, maxPixels: number, effort: ReadEffort): Try => ({
  name,
  run: (picture, read) => {
    const [small, scale] = bounded(picture, maxPixels);
    const found = read(small, effort);
    return found.map((code) => atScale(code, scale));
  },
});

/** Codes of rows and hexagons are read upright only. */
const turnedRows = (degrees: number): Try => ({
  name: `rows at ${degrees}`,
  run: (picture, read) => {
    const [small, scale] = bounded(picture, WHOLE_PX);
    const found = readView(small, turnedView(small, degrees), read, {
      kind: ['PDF417', 'MaxiCode', 'DataBar'],
      harder: true,
      rotate: true,
    });
    return found.map((code) => atScale(code, scale));
  },
});

/** Tries that cost little, in the order of their turns. */
export const CHEAP_TRIES: readonly Try[] = [
  ...ANGLES.flatMap((degrees, i) => {
    const turn = [bars(degrees, false)];
    if (i % 3 === 0) turn.push(cells('cells', WHOLE_PX, { kind: 'matrix', downscale: true }));
    if (i % 6 === 1)
      turn.push(cells('cells at half', WHOLE_PX / 4, { kind: 'matrix', harder: true, invert: true }));
    return turn;
  }),
  ...ANGLES.map((degrees) => bars(degrees, true)),
];

/** Tries that cost more than a frame may: they have turns of their own. */
export const DENSE_TRIES: readonly Try[] = [
  cells('cells, harder', 2 * WHOLE_PX, { kind: 'matrix', harder: true, invert: true }),
  cells('cells, smaller', WHOLE_PX / 2, { kind: 'matrix', harder: true, invert: true, downscale: true }),
  cells('bars, every line', 2 * WHOLE_PX, { kind: 'linear', harder: true }),
  turnedRows(30),
  turnedRows(60),
  cells('cells, denoised', WHOLE_PX, { kind: 'matrix', harder: true, denoise: true }),
];

/** Every try, for a picture that stands still: first what the reader does with the picture as it is. */
export const ALL_TRIES: readonly Try[] = [
  cells('as it is', STILL_PX, { harder: true, rotate: true, invert: true, downscale: true }),
  ...CHEAP_TRIES.filter(({ name }) => name.startsWith('bars')),
  ...DENSE_TRIES.slice(3),
];

/**
 * Reads what a view shows of a picture, with the corners in the picture.
 * @param isNegative reads it light on dark; readers do not look for such bars
 */
export function readView(
  picture: GreyPicture,
  view: View,
  read: CodeReader,
  effort: ReadEffort,
  isNegative = false,
): FoundCode[] {
  const pixels = pixelsOf(picture, view);
  if (isNegative) for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = 255 - (pixels.data[i] ?? 0);
  return read(pixels, effort).map((code) => ({
    ...code,
    isInverted: isNegative || code.isInverted,
    quad: mapQuad(code.quad, (point) => toPicture(view, point)),
  }));
}

/** The code with corners that follow its bars, if it has any. */
export function withTrueQuad(picture: GreyPicture, code: FoundCode): FoundCode {
  return code.isLinear ? { ...code, quad: barQuad(picture, code.quad) } : code;
}

function bounded(picture: GreyPicture, maxPixels: number): [GreyPicture, scale: number] {
  let [small, scale] = [picture, 1];
  while (small.width * small.height > maxPixels) {
    small = halved(small);
    scale *= 2;
  }
  return [small, scale];
}

const atScale = (code: FoundCode, scale: number): FoundCode =>
  scale === 1 ? code : { ...code, quad: scaledQuad(code.quad, scale, scale) };
