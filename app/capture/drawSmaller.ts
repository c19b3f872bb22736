import type { Size } from '../../vision/steps.ts';
import { type DecodedPicture, pictureSize } from './pictureFile.ts';

/** The largest canvas that all browsers have, in pixels a side and in all: Safari's on a phone. */
const MAX_SIDE_PX = 16_384;
const MAX_PIXELS = 16_777_216;

/**
 * A canvas with the whole picture at this size in pixels, or at the largest that a canvas can have, on a white ground where it is
 * transparent. Halving step by step averages all pixels; one big step skips most of them in some browsers.
 * @throws Error if the browser cannot draw it
 */
export function drawSmaller(picture: DecodedPicture, size: Size): HTMLCanvasElement {
  const target = withinCanvas(size);
  let source: DecodedPicture | HTMLCanvasElement = picture;
  let { width, height } = pictureSize(picture);
  for (;;) {
    ({ width, height } = withinCanvas({
      width: Math.max(target.width, Math.ceil(width / 2)),
      height: Math.max(target.height, Math.ceil(height / 2)),
    }));
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    context.imageSmoothingQuality = 'high';
    // As the server does: docs/pictures.md.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    // Safari keeps a canvas's memory until it is empty.
    if (source instanceof HTMLCanvasElement) source.width = 0;
    if (width <= target.width && height <= target.height) return canvas;
    source = canvas;
  }
}

/** A size that was worked out may be less than a whole number by as much, which rounding down would take for one pixel less. */
const ROUNDING_PX = 1e-6;

/** The same shape, as large as a canvas can be. */
function withinCanvas({ width, height }: Size): Size {
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(width, height), Math.sqrt(MAX_PIXELS / (width * height)));
  const whole = (side: number) => Math.max(1, Math.floor(side * scale + ROUNDING_PX));
  return { width: whole(width), height: whole(height) };
}
