import { inflateSync } from 'node:zlib';

/** Numbers of the classes of a picture's pixels, row by row. */
export interface ClassMask {
  readonly width: number;
  readonly height: number;
  readonly classes: Uint16Array;
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const GREY = 0;
const PALETTE = 3;
const DEPTHS = [1, 2, 4, 8, 16];

/**
 * The numbers that a PNG holds, grey or of a palette: decoders of pictures give colours for the latter.
 * @param maxPixels a file that claims more is not unpacked
 * @throws Error where it is no such PNG
 */
export function readClassMask(bytes: Uint8Array, maxPixels: number): ClassMask {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('It is no PNG.');
  const pieces: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') pieces.push(data);
    if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined || header.length < 13) throw new Error('It is a PNG without a header.');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [bits = 0, kind, , , interlace] = header.subarray(8);
  if ((kind !== GREY && kind !== PALETTE) || interlace !== 0 || !DEPTHS.includes(bits)) {
    throw new Error(
      'It is a PNG in colours or interlaced; a number for each pixel is expected: grey, or of a palette.',
    );
  }
  if (width * height > maxPixels) throw new Error(`At most ${maxPixels} pixels, it has ${width * height}.`);
  const rowBytes = Math.ceil((width * bits) / 8);
  const raw = inflateSync(Buffer.concat(pieces), { maxOutputLength: height * (rowBytes + 1) });
  if (raw.length < height * (rowBytes + 1)) throw new Error('It ends too early.');
  unfilter(raw, { height, rowBytes, pixelBytes: Math.max(1, bits / 8) });
  return { width, height, classes: numbersIn(raw, { width, height, rowBytes, bits }) };
}

/** Undoes what makes rows pack well: https://www.w3.org/TR/png-3/#9Filters. In place. */
function unfilter(
  raw: Buffer,
  { height, rowBytes, pixelBytes }: { height: number; rowBytes: number; pixelBytes: number },
): void {
  const stride = rowBytes + 1;
  for (let row = 0; row < height; row++) {
    const start = row * stride + 1;
    const filter = raw[start - 1];
    for (let x = 0; x < rowBytes; x++) {
      const at = start + x;
      const left = x >= pixelBytes ? (raw[at - pixelBytes] ?? 0) : 0;
      const above = row > 0 ? (raw[at - stride] ?? 0) : 0;
      const corner = row > 0 && x >= pixelBytes ? (raw[at - stride - pixelBytes] ?? 0) : 0;
      raw[at] = (raw[at] ?? 0) + predicted(filter, left, above, corner);
    }
  }
}

function predicted(filter: number | undefined, left: number, above: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const a = Math.abs(above - corner);
      const b = Math.abs(left - corner);
      const c = Math.abs(left + above - 2 * corner);
      return a <= b && a <= c ? left : b <= c ? above : corner;
    }
    default:
      return 0;
  }
}

function numbersIn(
  raw: Buffer,
  { width, height, rowBytes, bits }: { width: number; height: number; rowBytes: number; bits: number },
): Uint16Array {
  const classes = new Uint16Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = row * (rowBytes + 1) + 1;
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const at = start + (bit >> 3);
      classes[row * width + x] =
        bits === 16 ? raw.readUInt16BE(at) : ((raw[at] ?? 0) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
    }
  }
  return classes;
}
