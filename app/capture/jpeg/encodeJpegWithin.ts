import { encodeWithin } from '../encodeWithin.ts';
import { encodeJpeg } from './encodeJpeg.ts';

export interface JpegOptions {
  width: number;
  height: number;
  /** 0..1, as `encodeJpeg` has it. */
  quality: number;
  maxBytes: number;
  /** Whether the model takes pictures of other sizes. */
  canShrink: boolean;
}

/**
 * A JPEG of pixels in a number of bytes, with the colour of each: at the quality, else at a lower one, else with fewer pixels.
 * @param rgba four bytes a pixel
 * @returns what came last where nothing fits
 */
export async function encodeJpegWithin(
  rgba: Uint8ClampedArray,
  { width, height, quality, maxBytes, canShrink }: JpegOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const encode = async (at: number, scale: number) => {
    const pixels = scale === 1 ? { rgba, width, height } : averaged(rgba, width, height, scale);
    const jpeg = encodeJpeg(pixels.rgba, { ...pixels, quality: at });
    return { jpeg, size: jpeg.byteLength };
  };
  return (await encodeWithin(maxBytes, quality, encode, canShrink)).jpeg;
}

interface Pixels {
  rgba: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Fewer pixels: each is the mean of those that it stands for. */
function averaged(rgba: Uint8ClampedArray, fromWidth: number, fromHeight: number, scale: number): Pixels {
  const width = Math.max(1, Math.round(fromWidth * scale));
  const height = Math.max(1, Math.round(fromHeight * scale));
  const small = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor((y * fromHeight) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * fromHeight) / height));
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * fromWidth) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * fromWidth) / width));
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (let row = top; row < bottom; row += 1) {
          for (let column = left; column < right; column += 1) {
            sum += rgba[4 * (row * fromWidth + column) + channel] ?? 0;
          }
        }
        small[4 * (y * width + x) + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return { rgba: small, width, height };
}
