import { type DecodeCost, endless, megapixels, unreadable } from './cost.ts';

// Measured with sharp 0.35 (libpng 1.6, zlib-ng) on pictures of 4.2 megapixels, and rounded up.
/** A megabyte of pixels: undoing filters and the conversion to 8 bits. */
const RAW_MEGABYTE_MS = 4;
/** Seven passes, each through rows of the whole picture. */
const INTERLACED_MEGABYTE_MS = 8;
const FILE_MEGABYTE_MS = 4;
/** Text and profiles are unpacked in addition to the picture; a kilobyte becomes at most a megabyte. */
const PACKED_KILOBYTE_MS = 1;
const CHUNK_MS = 0.001;

/** The smallest that programs cut their data into are some kilobytes. */
const MAX_CHUNKS = 100_000;

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS: Partial<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** A palette becomes colours with transparency. */
const PALETTE = 3;

/** Pixels, passes and whatever else is compressed: https://www.w3.org/TR/png-3/ */
export function pngCost(bytes: Buffer): DecodeCost {
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(SIGNATURE)) return unreadable('no PNG');
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const depth = bytes[24] ?? 8;
  const colour = bytes[25] ?? 2;
  const isInterlaced = bytes[28] !== 0;
  const channels = colour === PALETTE ? 4 : (CHANNELS[colour] ?? 4);
  const rawMegabytes = (width * height * channels * Math.max(1, depth / 8)) / 1e6;
  let packedKilobytes = 0;
  let chunks = 0;
  for (let at = 8; at + 8 <= bytes.length; chunks++) {
    if (chunks > MAX_CHUNKS) return endless(`PNG with more than ${MAX_CHUNKS} chunks`);
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'zTXt' || type === 'iCCP' || (type === 'iTXt' && isPacked(data))) {
      packedKilobytes += data.length / 1024;
    }
    if (type === 'IEND') break;
    at += 12 + length;
  }
  const ms =
    rawMegabytes * (isInterlaced ? INTERLACED_MEGABYTE_MS : RAW_MEGABYTE_MS) +
    (bytes.length / 1e6) * FILE_MEGABYTE_MS +
    packedKilobytes * PACKED_KILOBYTE_MS +
    chunks * CHUNK_MS;
  const details = [
    ...(isInterlaced ? ['interlaced'] : []),
    ...(depth > 8 ? [`${depth} bits`] : []),
    ...(packedKilobytes > 16 ? [`${Math.round(packedKilobytes)} KiB of compressed text or profile`] : []),
  ];
  return {
    ms,
    pixels: width * height,
    size: { width, height },
    what: ['PNG', ...details, megapixels(width, height)].join(', '),
    isBounded: true,
  };
}

/** An international text says after its keyword of 79 bytes at most whether it is compressed. */
function isPacked(data: Buffer): boolean {
  const end = data.subarray(0, 80).indexOf(0);
  return end < 0 || data[end + 1] !== 0;
}
