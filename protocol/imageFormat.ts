import type { ImageFormat } from './frame.ts';

/** The format of a picture, by its first bytes; undefined for anything but JPEG, PNG and WebP. */
export function imageFormatOf(image: Uint8Array): ImageFormat | undefined {
  const ascii = (from: number, to: number) => String.fromCharCode(...image.subarray(from, to));
  if (image[0] === 0xff && image[1] === 0xd8) return 'jpeg';
  if (image[0] === 0x89 && ascii(1, 4) === 'PNG') return 'png';
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'webp';
  return undefined;
}
