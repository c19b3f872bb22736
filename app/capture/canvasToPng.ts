import { canvasToBlob } from './canvasToBlob.ts';
import { copyPixels } from './copyPixels.ts';
import { encodePng } from './encodePng.ts';

/**
 * What is on the canvas as a PNG.
 * @param isTrue whether the browser encodes what was drawn; else it is read another way (see `copyPixels`)
 * @throws Error if the browser cannot encode it
 */
export async function canvasToPng(canvas: HTMLCanvasElement, isTrue: boolean): Promise<Blob> {
  if (!isTrue) {
    const { width, height } = canvas;
    const pixels = await copyPixels(canvas, new Uint8ClampedArray(width * height * 4));
    return new Blob([await encodePng(pixels, { width, height, quality: 1 })], { type: 'image/png' });
  }
  return canvasToBlob(canvas, 'image/png');
}
