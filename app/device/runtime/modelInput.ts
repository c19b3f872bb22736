import type { ModelInfo } from '../../../protocol/messages.ts';
import type { Fitted } from '../../../vision/fit.ts';
import type { Box } from '../../../vision/geometry.ts';
import { withoutAlpha } from '../../../vision/pixels.ts';
import { inputFor, type Size } from '../../../vision/steps.ts';
import { copyPixels } from '../../capture/copyPixels.ts';
import { drawFitted, sizeOf } from '../../capture/drawFitted.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import { probeReaders } from '../../capture/probeReaders.ts';
import { DeviceError } from './deviceSession.ts';

/** A picture as a model's input. */
export interface DrawnPicture {
  /** Four bytes a pixel, of `size`: the input's, or the picture's where that follows it. */
  readonly rgba: Uint8ClampedArray;
  readonly size: Size;
  readonly fitted: Fitted;
}

/** Draws pictures as a model's input. Everything that is handed out lasts until the next call. */
export interface ModelInput {
  /**
   * Draws it as the encoder of frames does: device and server see the same, but for the JPEG. The picture stays open.
   * @param only as of `drawFitted`
   */
  draw(picture: GrabbedFrame['picture'], only?: Box): Promise<DrawnPicture>;
  /**
   * The exact pixels of a PNG of the input's size, or of any that it may have.
   * @throws Error if it has another size
   */
  decode(png: ArrayBuffer): Promise<{ pixels: Uint8Array; size: Size }>;
  /** Its pixels without the fourth byte. */
  toRgb(rgba: Uint8ClampedArray): Uint8Array;
}

/** @throws DeviceError `unsupported` where workers have no canvas, or one that gives something else than was drawn on it */
export async function createModelInput(input: ModelInfo['input']): Promise<ModelInput> {
  const context =
    typeof OffscreenCanvas === 'undefined'
      ? null
      : // Opaque, and kept in memory: every picture drawn is read back at once.
        new OffscreenCanvas(input.width, input.height).getContext('2d', {
          alpha: false,
          willReadFrequently: true,
        });
  // Browsers that have SIMD have this, too: no browser that could run the model is excluded.
  if (context === null) throw new DeviceError('unsupported', 'This browser has no 2D canvas in workers.');
  const { reader } = await probeReaders();
  if (reader === 'none') {
    throw new DeviceError('unsupported', 'This browser gives noise instead of the pixels of pictures.');
  }
  let rgb = new Uint8Array();
  let copied = new Uint8ClampedArray();
  let size: Size = { width: 0, height: 0 };

  /** Makes room for pictures of this size. A canvas that gets another size forgets how it was to draw. */
  function resize({ width, height }: Size): void {
    if (context === null || (size.width === width && size.height === height)) return;
    size = { width, height };
    const { canvas } = context;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    // Without it a large picture is sampled at single points and small things vanish.
    context.imageSmoothingQuality = 'medium';
    rgb = new Uint8Array(width * height * 3);
    copied = new Uint8ClampedArray(reader === 'video-frame' ? 4 * width * height : 0);
  }
  const read = async (): Promise<Uint8ClampedArray> =>
    reader === 'video-frame'
      ? copyPixels(context.canvas, copied)
      : context.getImageData(0, 0, size.width, size.height).data;

  const toRgb = (rgba: Uint8ClampedArray): Uint8Array => withoutAlpha(rgba, rgb);

  return {
    async draw(picture, only) {
      const sized = inputFor(input, sizeOf(picture));
      resize(sized);
      const fitted = drawFitted(context, picture, sized, only);
      return { rgba: await read(), size, fitted };
    },
    async decode(png) {
      const bitmap = await createImageBitmap(new Blob([png], { type: 'image/png' }), {
        colorSpaceConversion: 'none',
        premultiplyAlpha: 'none',
      });
      try {
        const { width, height } = inputFor(input, bitmap);
        if (bitmap.width !== width || bitmap.height !== height) {
          throw new Error(`A golden of ${width}x${height} expected, got ${bitmap.width}x${bitmap.height}.`);
        }
        resize(bitmap);
        context.fillStyle = '#fff';
        context.fillRect(0, 0, width, height);
        context.drawImage(bitmap, 0, 0);
        return { pixels: toRgb(await read()), size };
      } finally {
        bitmap.close();
      }
    },
    toRgb,
  };
}
