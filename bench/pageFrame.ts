import sharp from 'sharp';
import { encodeJpeg } from '../app/capture/jpeg/encodeJpeg.ts';
import { photo } from '../server/testing/media.ts';

/** A frame as the page sends it where the link has room: its own JPEG at 0.9, 67 kB. */
export async function pageFrame(): Promise<Uint8Array> {
  const [width, height] = [300, 300];
  const drawn = sharp(await photo('cup.png'))
    .resize(width, height, { fit: 'fill' })
    .flatten()
    .ensureAlpha();
  return encodeJpeg(new Uint8ClampedArray(await drawn.raw().toBuffer()), { width, height, quality: 0.9 });
}
