import type { Size } from '../../vision/steps.ts';

/** A decoded picture of a file: its numbers as they stand there, or as the browser shows it. */
export type DecodedPicture = ImageBitmap | HTMLImageElement;

/** The size at which it is seen, in pixels. */
export function pictureSize(picture: DecodedPicture): Size {
  if ('naturalWidth' in picture) return { width: picture.naturalWidth, height: picture.naturalHeight };
  return { width: picture.width, height: picture.height };
}

/**
 * Works on the pixels of a picture file as the server decodes them: upright, and without the conversion that browsers make
 * for a colour profile. Models were trained on the numbers of the file, and a profile moves those of a CMYK picture by 22 of
 * 255 in the mean. Where the browser has no such way (vector pictures, older ones), on the pixels that it shows.
 * @param shown the same picture, decoded
 */
export async function withPictureFile<T>(
  file: Blob,
  shown: HTMLImageElement,
  work: (picture: DecodedPicture) => Promise<T>,
): Promise<T> {
  const bitmap = await createImageBitmap(file, {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
  }).catch(() => undefined);
  try {
    const isUpright = bitmap?.width === shown.naturalWidth && bitmap.height === shown.naturalHeight;
    return await work(bitmap && isUpright ? bitmap : shown);
  } finally {
    bitmap?.close();
  }
}
