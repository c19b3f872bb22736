import { type GreyPicture, greyOf } from '../../vision/codes/greyPicture.ts';
import { copyPixels } from '../capture/copyPixels.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import type { PixelReader } from '../capture/readback.ts';

/** Formats of video frames whose first plane is the grey picture. */
const HAS_LUMA: readonly (string | null)[] = ['I420', 'I420A', 'I422', 'I444', 'NV12'];

let canvas: OffscreenCanvas | undefined;

/**
 * A picture in grey at its full size. Of a camera's frame it is the frame's own luma, without a canvas.
 * @throws Error where this browser has no canvas in workers
 */
export async function greyPixels(
  picture: ImageBitmap | VideoFrame,
  reader: Exclude<PixelReader, 'none'>,
): Promise<GreyPicture> {
  if ('copyTo' in picture && HAS_LUMA.includes(picture.format) && !isCut(picture)) return lumaOf(picture);
  const { width, height } = sizeOf(picture);
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error('This browser has no 2D canvas in workers.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const rgba =
    reader === 'canvas'
      ? context.getImageData(0, 0, width, height).data
      : await copyPixels(canvas, new Uint8ClampedArray(width * height * 4).fill(255));
  return greyOf(rgba, { width, height });
}

/** Whether what is shown is another size than what is stored. */
const isCut = ({ visibleRect, displayWidth, displayHeight }: VideoFrame) =>
  visibleRect?.width !== displayWidth || visibleRect.height !== displayHeight;

async function lumaOf(frame: VideoFrame): Promise<GreyPicture> {
  const { displayWidth: width, displayHeight: height } = frame;
  const planes = new Uint8Array(frame.allocationSize());
  const [luma] = await frame.copyTo(planes);
  const { offset = 0, stride = width } = luma ?? {};
  if (stride === width) return { data: planes.subarray(offset, offset + width * height), width, height };
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    data.set(planes.subarray(offset + y * stride, offset + y * stride + width), y * width);
  }
  return { data, width, height };
}
