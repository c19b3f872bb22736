import type { SizePx } from '../recognizers/recognizer.ts';

/**
 * A canvas with the whole picture at this size, on a white ground where it is transparent. Halving step by step averages
 * all pixels; one big step skips most of them in some browsers.
 * @throws Error if the browser cannot draw it
 */
export function drawSmaller(picture: HTMLImageElement, size: SizePx): HTMLCanvasElement {
  let source: HTMLImageElement | HTMLCanvasElement = picture;
  let width = picture.naturalWidth;
  let height = picture.naturalHeight;
  for (;;) {
    width = Math.max(size.width, Math.ceil(width / 2));
    height = Math.max(size.height, Math.ceil(height / 2));
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    context.imageSmoothingQuality = 'high';
    // As most pictures with transparency expect.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    // Safari keeps a canvas's memory until it is empty.
    if (source instanceof HTMLCanvasElement) source.width = 0;
    if (width <= size.width && height <= size.height) return canvas;
    source = canvas;
  }
}
