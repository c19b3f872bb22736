import { SOI, SOS } from '../../protocol/jpegMarkers.ts';
import type { Size } from '../../vision/steps.ts';

/** Exif, which may say that the picture has to be turned. */
const APP1 = 0xe1;
/** Baseline, extended, progressive: Huffman coding, all of them. */
const FIRST_FRAME_HEADER = 0xc0;
const LAST_FRAME_HEADER = 0xc2;
const COLOURS = 3;

/**
 * Whether a JPEG is, by its headers, what nothing is left to do with but to decode it: of this size, in three colours, with no
 * word of how to turn it. Pages send such. False also where that takes more than a look: then a decoder reads the headers. It
 * reads from marker to marker, up to the first scan; what a decoder makes of the picture has still to be checked.
 */
export function isPlainJpeg(image: Uint8Array, { width, height }: Size): boolean {
  if (image[0] !== 0xff || image[1] !== SOI) return false;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  let hasHeader = false;
  for (let at = 2; at + 4 <= image.length && image[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = image[at + 1] ?? 0;
    if (marker === SOS) return hasHeader;
    if (marker === APP1) return false;
    if (marker < FIRST_FRAME_HEADER || marker > LAST_FRAME_HEADER) continue;
    if (hasHeader || at + 10 > image.length) return false;
    hasHeader =
      view.getUint16(at + 5) === height && view.getUint16(at + 7) === width && image[at + 9] === COLOURS;
    if (!hasHeader) return false;
  }
  return false;
}
