import { canvasToBlob } from '../capture/canvasToBlob.ts';
import { drawSmaller } from '../capture/drawSmaller.ts';

/** The longer side, in pixels: sharp in a list on a phone, and some 6 KB. */
const SIDE_PX = 192;
const QUALITY = 0.8;

/**
 * A small JPEG of a picture.
 * @throws Error if the browser cannot decode or encode it
 */
export async function toThumbnail(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture);
  const scale = Math.min(1, SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = drawSmaller(bitmap, { width: bitmap.width * scale, height: bitmap.height * scale });
  bitmap.close();
  try {
    return await canvasToBlob(canvas, 'image/jpeg', QUALITY);
  } finally {
    canvas.width = 0;
  }
}
