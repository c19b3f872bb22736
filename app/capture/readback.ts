/** Width and height of the picture that a browser is tested with, in pixels. */
export const PROBE_SIDE_PX = 32;

/**
 * A mean difference up to this, of 256 levels, does no harm. On the goldens of COCO-SSD even noise of 8 keeps all labels
 * (cat 0.93 becomes 0.91, dining table 0.82 becomes 0.66), as JPEG does, which takes 3 to 5; noise of 16 loses
 * some. Protections that change some pixels by a level or two stay far below, those that replace the picture lie at 60 to 95.
 */
const HARMLESS_LEVELS = 8;
/** The test picture has a thousand colours; the noise of Firefox has eight. */
const FEW_COLOURS = 16;

/** What came back of a known picture that was drawn and read. */
export type Readback =
  | { readonly kind: 'true' }
  /** A little noise, as some browsers add against fingerprinting. Labels stay the same. */
  | { readonly kind: 'faint'; readonly meanDifference: number }
  /** Something else than what was drawn. */
  | {
      readonly kind: 'false';
      readonly meanDifference: number;
      readonly pattern: 'one-colour' | 'few-colours' | 'noise';
    };

/** How the pixels of a canvas are read: as usual, by way of a `VideoFrame`, or not at all: each gives something else. */
export type PixelReader = 'canvas' | 'video-frame' | 'none';

/** What was found out about a browser. */
export interface PixelReport {
  readonly reader: PixelReader;
  /** `getImageData`, and then the JPEG of the same canvas. */
  readonly canvas: Readback;
  /** `VideoFrame.copyTo`; undefined where it is not there or not needed. */
  readonly videoFrame: Readback | undefined;
}

/** The test picture, RGBA: even gradients, which JPEG keeps, in many colours, which falsifiers do not pass over. */
export function probePixels(): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(PROBE_SIDE_PX * PROBE_SIDE_PX * 4);
  for (let y = 0; y < PROBE_SIDE_PX; y += 1) {
    for (let x = 0; x < PROBE_SIDE_PX; x += 1) {
      pixels.set([8 * x, 8 * y, 4 * (x + y), 255], (y * PROBE_SIDE_PX + x) * 4);
    }
  }
  return pixels;
}

/**
 * Compares what was read with what was drawn.
 *
 * @param drawn RGBA
 * @param read RGBA of as many pixels; the fourth byte is ignored
 */
export function judgeReadback(drawn: ArrayLike<number>, read: ArrayLike<number>): Readback {
  const colours = new Set<number>();
  let sum = 0;
  for (let at = 0; at < drawn.length; at += 4) {
    let colour = 0;
    for (let channel = at; channel < at + 3; channel += 1) {
      const level = read[channel] ?? 0;
      sum += Math.abs(level - (drawn[channel] ?? 0));
      colour = 256 * colour + level;
    }
    colours.add(colour);
  }
  const meanDifference = sum / (0.75 * drawn.length);
  if (meanDifference === 0) return { kind: 'true' };
  if (meanDifference <= HARMLESS_LEVELS) return { kind: 'faint', meanDifference };
  const pattern = colours.size === 1 ? 'one-colour' : colours.size <= FEW_COLOURS ? 'few-colours' : 'noise';
  return { kind: 'false', meanDifference, pattern };
}

/** The way to read pixels that harms least; the usual one wherever it does no harm. */
export function chooseReader(
  canvas: Readback,
  jpeg: Readback | undefined,
  videoFrame: Readback | undefined,
): PixelReader {
  if (canvas.kind !== 'false' && jpeg?.kind !== 'false') return 'canvas';
  return videoFrame === undefined || videoFrame.kind === 'false' ? 'none' : 'video-frame';
}
