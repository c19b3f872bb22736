import type { ImageFormat } from '../../protocol/frame.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { isFrameHeader, isStandalone } from '../../protocol/jpegMarkers.ts';
import type { Size } from '../../vision/steps.ts';

/** Profiles and previews stand before the size in a JPEG: cameras write some 100 kB of them. */
const HEADER_BYTES = 2e6;

/**
 * The size that the headers of a JPEG, PNG or WebP picture state, as it lies in the file: known before a browser decodes it, so that
 * a small file of a great many pixels costs no memory. Undefined for all else.
 */
export async function headerSize(picture: Blob): Promise<(Size & { format: ImageFormat }) | undefined> {
  const bytes = new Uint8Array(await picture.slice(0, HEADER_BYTES).arrayBuffer());
  const format = imageFormatOf(bytes);
  if (format === undefined) return undefined;
  const size = SIZE_IN[format](new DataView(bytes.buffer));
  return size && size.width > 0 && size.height > 0 ? { format, ...size } : undefined;
}

const SIZE_IN = { jpeg: jpegSize, png: pngSize, webp: webpSize };

/** From marker to marker to the frame header: ITU-T T.81, annex B. */
function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    // Any number of FFs may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isStandalone(marker)) {
      at += 2;
      continue;
    }
    if (isFrameHeader(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

function pngSize(view: DataView): Size | undefined {
  if (view.byteLength < 24) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The canvas, or what lies on it where that is larger: RFC 9649. */
function webpSize(view: DataView): Size | undefined {
  let [width, height] = [0, 0];
  const add = (size: Size) => {
    width = Math.max(width, size.width);
    height = Math.max(height, size.height);
  };
  for (let at = 12; at + 18 <= view.byteLength; ) {
    const type = String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
    const data = at + 8;
    if (type === 'VP8X') {
      const side = (offset: number) =>
        1 + view.getUint16(data + offset, true) + (view.getUint8(data + offset + 2) << 16);
      add({ width: side(4), height: side(7) });
    } else if (type === 'VP8 ') {
      add({
        width: view.getUint16(data + 6, true) & 0x3fff,
        height: view.getUint16(data + 8, true) & 0x3fff,
      });
    } else if (type === 'VP8L') {
      const packed = view.getUint32(data + 1, true);
      add({ width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 });
    }
    const length = view.getUint32(at + 4, true);
    at = data + length + (length & 1);
  }
  return { width, height };
}
