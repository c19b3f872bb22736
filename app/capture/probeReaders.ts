import { canvasToBlob } from './canvasToBlob.ts';
import { copyPixels } from './copyPixels.ts';
import {
  chooseReader,
  judgeReadback,
  type PixelReport,
  PROBE_SIDE_PX,
  probePixels,
  type Readback,
} from './readback.ts';

type Context2d = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/**
 * Finds out how pixels can be read here: draws a known picture and reads it back in each way that frames are read. Some
 * browsers answer with something else, to keep people from being recognized by how their machine draws, and say nothing
 * of it. Takes a few ms. In a worker, where frames are encoded, or in the page where that does it.
 */
export async function probeReaders(): Promise<PixelReport> {
  const context = openCanvas();
  if (context === null) return { reader: 'none', canvas: UNREADABLE, videoFrame: undefined };
  const drawn = probePixels();
  const draw = () => context.putImageData(new ImageData(drawn, PROBE_SIDE_PX), 0, 0);
  const read = () => context.getImageData(0, 0, PROBE_SIDE_PX, PROBE_SIDE_PX).data;
  const judge = async (pixels: () => ArrayLike<number> | Promise<ArrayLike<number>>): Promise<Readback> => {
    try {
      return judgeReadback(drawn, await pixels());
    } catch {
      return UNREADABLE;
    }
  };

  draw();
  const canvas = await judge(read);
  // A reader that is known to be exact decides whether the JPEG is of the same picture.
  const jpeg =
    canvas.kind === 'false'
      ? undefined
      : await judge(async () => {
          const bitmap = await createImageBitmap(await toJpeg(context.canvas));
          context.drawImage(bitmap, 0, 0);
          bitmap.close();
          return read();
        });
  if (canvas.kind !== 'false' && jpeg?.kind !== 'false') {
    return { reader: 'canvas', canvas, videoFrame: undefined };
  }
  draw();
  const videoFrame =
    typeof VideoFrame === 'undefined'
      ? undefined
      : await judge(() => copyPixels(context.canvas, new Uint8ClampedArray(drawn.length)));
  return {
    reader: chooseReader(canvas, jpeg, videoFrame),
    canvas: canvas.kind === 'false' ? canvas : (jpeg ?? canvas),
    videoFrame,
  };
}

/** An error instead of pixels is as good as none. */
const UNREADABLE: Readback = { kind: 'false', meanDifference: 255, pattern: 'one-colour' };

/** Whether canvases without an element can be had and encoded, and so in workers; iOS has them from 16.4 on. */
export function canEncodeOffscreen(): boolean {
  return 'OffscreenCanvas' in globalThis && 'convertToBlob' in OffscreenCanvas.prototype;
}

function openCanvas(): Context2d | null {
  const settings: CanvasRenderingContext2DSettings = { alpha: false, willReadFrequently: true };
  if (canEncodeOffscreen()) {
    return new OffscreenCanvas(PROBE_SIDE_PX, PROBE_SIDE_PX).getContext('2d', settings);
  }
  const canvas = document.createElement('canvas');
  canvas.width = PROBE_SIDE_PX;
  canvas.height = PROBE_SIDE_PX;
  return canvas.getContext('2d', settings);
}

async function toJpeg(canvas: HTMLCanvasElement | OffscreenCanvas): Promise<Blob> {
  const type = 'image/jpeg';
  if ('convertToBlob' in canvas) return canvas.convertToBlob({ type });
  return canvasToBlob(canvas, type);
}
