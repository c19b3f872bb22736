import type { ModelInfo } from '../../../protocol/messages.ts';
import type { Fitted } from '../../../vision/fit.ts';
import { fitPicture } from '../../../vision/steps.ts';
import { copyPixels } from '../../capture/copyPixels.ts';
import { drawFitted, sizeOf } from '../../capture/drawFitted.ts';
import type { GrabbedFrame } from '../../capture/grabbedFrame.ts';
import { probeReaders } from '../../capture/probeReaders.ts';
import { DeviceError } from './deviceSession.ts';

/** A picture as a model's input. */
export interface DrawnPicture {
  /** Four bytes a pixel, of the input's size. */
  readonly rgba: Uint8ClampedArray;
  readonly fitted: Fitted;
}

/** Draws pictures as a model's input. Everything that is handed out lasts until the next call. */
export interface ModelInput {
  /** Draws it as the encoder of frames does: device and server see the same, but for the JPEG. The picture stays open. */
  draw(picture: GrabbedFrame['picture']): Promise<DrawnPicture>;
  /**
   * The exact pixels of a PNG of the input's size.
   * @throws Error if it has another size
   */
  decode(png: ArrayBuffer): Promise<Uint8Array>;
  /** Its pixels without the fourth byte. */
  toRgb(rgba: Uint8ClampedArray): Uint8Array;
}

/** @throws DeviceError `unsupported` where workers have no canvas, or one that gives something else than was drawn on it */
export async function createModelInput(input: ModelInfo['input']): Promise<ModelInput> {
  const { width, height } = input;
  const context =
    typeof OffscreenCanvas === 'undefined'
      ? null
      : // Opaque, and kept in memory: every picture drawn is read back at once.
        new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
  // Browsers that have SIMD have this, too: no browser that could run the model is excluded.
  if (context === null) throw new DeviceError('unsupported', 'This browser has no 2D canvas in workers.');
  const { reader } = await probeReaders();
  if (reader === 'none') {
    throw new DeviceError('unsupported', 'This browser gives noise instead of the pixels of pictures.');
  }
  // Without it a large picture is sampled at single points and small things vanish.
  context.imageSmoothingQuality = 'medium';
  const rgb = new Uint8Array(width * height * 3);
  const copied = new Uint8ClampedArray(reader === 'video-frame' ? 4 * width * height : 0);
  const read = async (): Promise<Uint8ClampedArray> =>
    reader === 'video-frame'
      ? copyPixels(context.canvas, copied)
      : context.getImageData(0, 0, width, height).data;

  function toRgb(rgba: Uint8ClampedArray): Uint8Array {
    for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
      rgb[to] = rgba[from] ?? 0;
      rgb[to + 1] = rgba[from + 1] ?? 0;
      rgb[to + 2] = rgba[from + 2] ?? 0;
    }
    return rgb;
  }

  return {
    async draw(picture) {
      const fitted = fitPicture(sizeOf(picture), input);
      drawFitted(context, picture, input);
      return { rgba: await read(), fitted };
    },
    async decode(png) {
      const bitmap = await createImageBitmap(new Blob([png], { type: 'image/png' }), {
        colorSpaceConversion: 'none',
        premultiplyAlpha: 'none',
      });
      try {
        if (bitmap.width !== width || bitmap.height !== height) {
          throw new Error(`A golden of ${width}x${height} expected, got ${bitmap.width}x${bitmap.height}.`);
        }
        context.fillStyle = '#fff';
        context.fillRect(0, 0, width, height);
        context.drawImage(bitmap, 0, 0);
        return toRgb(await read());
      } finally {
        bitmap.close();
      }
    },
    toRgb,
  };
}
