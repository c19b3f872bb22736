import { type DecodeCost, endless, megapixels, unreadable } from './cost.ts';

// Measured with sharp 0.35 (libwebp 1.6) on pictures of 4.2 megapixels, and rounded up.
const LOSSY = { megapixelMs: 22, megabyteMs: 36 };
/** Flat ones take 8 ms a megapixel. No header states the number of codes to be built, which costs most. */
const LOSSLESS = { megapixelMs: 20, megabyteMs: 40 };
const ALPHA_MEGAPIXEL_MS = 14;
/** A frame of an animation is laid over a canvas of four bytes a pixel. */
const CANVAS_MEGAPIXEL_MS = 6;

const MAX_CHUNKS = 10_000;

/** Kind of coding, pixels, transparency and animation: RFC 9649. */
export function webpCost(bytes: Buffer): DecodeCost {
  const isRiff = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  if (!isRiff || bytes.length < 30) return unreadable('no WebP');
  let canvas = { width: 0, height: 0 };
  let picture: { width: number; height: number } | undefined;
  let hasAlpha = false;
  let isAnimated = false;
  let isLossless = false;
  let chunks = 0;
  for (let at = 12; at + 8 <= bytes.length; chunks++) {
    if (chunks > MAX_CHUNKS) return endless(`WebP with more than ${MAX_CHUNKS} chunks`);
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'VP8X' && data.length >= 10) {
      canvas = { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
      isAnimated = ((data[0] ?? 0) & 2) !== 0;
    } else if (type === 'ALPH') {
      hasAlpha = true;
    } else if (type === 'VP8 ' && data.length >= 10) {
      picture ??= { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
    } else if (type === 'VP8L' && data.length >= 5) {
      const packed = data.readUInt32LE(1);
      picture ??= { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
      isLossless = true;
    } else if (type === 'ANMF') {
      // What its first picture is made of is not looked for: the costlier of everything that it may be.
      isAnimated = true;
      hasAlpha = true;
      isLossless = true;
    }
    at += 8 + length + (length & 1);
  }
  const width = Math.max(canvas.width, picture?.width ?? 0);
  const height = Math.max(canvas.height, picture?.height ?? 0);
  const pixels = (width * height) / 1e6;
  const megabytes = bytes.length / 2 ** 20;
  const lossy = pixels * LOSSY.megapixelMs + megabytes * LOSSY.megabyteMs;
  const lossless = pixels * LOSSLESS.megapixelMs + megabytes * LOSSLESS.megabyteMs;
  // The transparency of a lossy picture is compressed as a lossless one is.
  const alpha = hasAlpha ? pixels * ALPHA_MEGAPIXEL_MS : 0;
  const ms =
    (isAnimated ? Math.max(lossy, lossless) + pixels * CANVAS_MEGAPIXEL_MS : isLossless ? lossless : lossy) +
    alpha;
  const kind = isAnimated ? 'animated' : isLossless ? 'lossless' : 'lossy';
  return {
    ms,
    pixels: width * height,
    size: { width, height },
    what: `WebP, ${kind}, ${megapixels(width, height)}`,
    isBounded: !isLossless && !hasAlpha,
  };
}
