import { forwardDct, multipliersOf } from './forwardDct.ts';
import { HUFFMAN, type HuffmanCodes, type HuffmanTable, huffmanCodes } from './huffmanTables.ts';
import { JpegBytes } from './jpegBytes.ts';

/**
 * A baseline JPEG that keeps the colour of every pixel (4:4:4). Canvases of browsers keep one for four pixels, below their highest
 * qualities, and a model loses more labels by that than by all else that a JPEG leaves out. All frequencies are kept equally well: a
 * model sees fine detail as well as coarse, unlike a person. Measured by `npm run bench -- encoding`.
 * https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 *
 * @param rgba four bytes a pixel; the fourth is left out
 * @param options.quality 0..1: takes about the bytes of a canvas up to 0.7, twice as many at 0.9
 */
export function encodeJpeg(
  rgba: Uint8ClampedArray,
  { width, height, quality }: { width: number; height: number; quality: number },
): Uint8Array<ArrayBuffer> {
  const step = stepOf(quality);
  const out = new JpegBytes(HEADER_BYTES + width * height);
  pushHeaders(out, width, height, step);
  const luma = planeOf(step, LUMA);
  const blue = planeOf(step, CHROMA);
  const red = planeOf(step, CHROMA);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      out.reserve(MAX_BLOCKS_BYTES);
      takeBlocks(rgba, width, height, left, top, luma.block, blue.block, red.block);
      pushBlock(out, luma);
      pushBlock(out, blue);
      pushBlock(out, red);
    }
  }
  out.alignBits();
  out.push(0xff, MARKERS.end);
  return out.taken();
}

/** By what all frequencies are divided, 1..255, at some qualities; between these in proportion. */
const STEPS: readonly (readonly [quality: number, step: number])[] = [
  [0, 255],
  [0.15, 100],
  [0.3, 58],
  [0.5, 38],
  [0.6, 32],
  [0.7, 24],
  [0.8, 10],
  [0.9, 4],
  [1, 1],
];

function stepOf(quality: number): number {
  const above = Math.max(
    1,
    STEPS.findIndex(([at]) => at >= Math.min(1, quality)),
  );
  const [from, to] = [STEPS[above - 1] ?? [0, 255], STEPS[above] ?? [1, 1]];
  const share = (Math.min(1, Math.max(0, quality)) - from[0]) / (to[0] - from[0]);
  return Math.round(from[1] * (to[1] / from[1]) ** share);
}

/** Of all that stands before the picture: 558 bytes. */
const HEADER_BYTES = 1_024;
/** Three blocks, each value of at most 16 bits of code and 11 of its own, and each byte of ones takes another one. */
const MAX_BLOCKS_BYTES = 3 * 64 * 8;
/** What a colour adds to the light of a pixel; the rest of red and of blue is scaled to -128..127. */
const [RED_SHARE, GREEN_SHARE, BLUE_SHARE] = [0.299, 0.587, 0.114];
const [RED_SCALE, BLUE_SCALE] = [0.5 / (1 - RED_SHARE), 0.5 / (1 - BLUE_SHARE)];
/** A run of zeros that has no other code, and the end of a block. */
const [SIXTEEN_ZEROS, END_OF_BLOCK] = [0xf0, 0x00];

/** The light and the two colours of 8x8 pixels. Beyond the edges the last pixel is repeated. */
function takeBlocks(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  left: number,
  top: number,
  luma: Float64Array,
  blue: Float64Array,
  red: Float64Array,
): void {
  const isWhole = left + 8 <= width;
  for (let row = 0; row < 8; row += 1) {
    const line = Math.min(top + row, height - 1) * width;
    for (let column = 0; column < 8; column += 1) {
      const from = 4 * (line + (isWhole ? left + column : Math.min(left + column, width - 1)));
      const r = rgba[from] as number;
      const b = rgba[from + 2] as number;
      const light = RED_SHARE * r + GREEN_SHARE * (rgba[from + 1] as number) + BLUE_SHARE * b;
      const at = 8 * row + column;
      luma[at] = light - 128;
      blue[at] = (b - light) * BLUE_SCALE;
      red[at] = (r - light) * RED_SCALE;
    }
  }
}

/** One of the three: light, blue, red. */
interface Plane {
  readonly block: Float64Array;
  readonly multipliers: Float64Array;
  readonly dc: HuffmanCodes;
  readonly ac: HuffmanCodes;
  /** From the lowest frequency to the highest. */
  readonly quantised: Int16Array;
  /** The mean of its last block: only the difference is written. */
  lastMean: number;
}

const LUMA = { dc: huffmanCodes(HUFFMAN.lumaDc), ac: huffmanCodes(HUFFMAN.lumaAc) };
const CHROMA = { dc: huffmanCodes(HUFFMAN.chromaDc), ac: huffmanCodes(HUFFMAN.chromaAc) };

const planeOf = (step: number, codes: Pick<Plane, 'dc' | 'ac'>): Plane => ({
  ...codes,
  block: new Float64Array(64),
  multipliers: multipliersOf(step),
  quantised: new Int16Array(64),
  lastMean: 0,
});

function pushBlock(out: JpegBytes, plane: Plane): void {
  const { block, multipliers, quantised, dc, ac } = plane;
  forwardDct(block);
  let last = 0;
  for (let order = 0; order < 64; order += 1) {
    const at = ZIGZAG[order] as number;
    const value = nearest((block[at] as number) * (multipliers[at] as number));
    quantised[order] = value;
    if (value !== 0) last = order;
  }
  const mean = quantised[0] as number;
  pushValue(out, dc, 0, mean - plane.lastMean);
  plane.lastMean = mean;
  let zeros = 0;
  for (let order = 1; order <= last; order += 1) {
    const value = quantised[order] as number;
    if (value === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16)
      out.pushBits(ac.bits[SIXTEEN_ZEROS] as number, ac.lengths[SIXTEEN_ZEROS] as number);
    pushValue(out, ac, zeros, value);
    zeros = 0;
  }
  if (last < 63) out.pushBits(ac.bits[END_OF_BLOCK] as number, ac.lengths[END_OF_BLOCK] as number);
}

const nearest = (value: number) => (value < 0 ? value - 0.5 : value + 0.5) | 0;

/** The code for the zeros before a value and for the number of its bits, then these; a negative one less 1. */
function pushValue(out: JpegBytes, { bits, lengths }: HuffmanCodes, zeros: number, value: number): void {
  const size = 32 - Math.clz32(value < 0 ? -value : value);
  const symbol = (zeros << 4) | size;
  const own = (value < 0 ? value - 1 : value) & ((1 << size) - 1);
  out.pushBits(((bits[symbol] as number) << size) | own, (lengths[symbol] as number) + size);
}

/** The frequencies from the lowest to the highest. */
const ZIGZAG = Uint8Array.of(
  0,
  1,
  8,
  16,
  9,
  2,
  3,
  10,
  17,
  24,
  32,
  25,
  18,
  11,
  4,
  5,
  12,
  19,
  26,
  33,
  40,
  48,
  41,
  34,
  27,
  20,
  13,
  6,
  7,
  14,
  21,
  28,
  35,
  42,
  49,
  56,
  57,
  50,
  43,
  36,
  29,
  22,
  15,
  23,
  30,
  37,
  44,
  51,
  58,
  59,
  52,
  45,
  38,
  31,
  39,
  46,
  53,
  60,
  61,
  54,
  47,
  55,
  62,
  63,
);

const MARKERS = {
  start: 0xd8,
  jfif: 0xe0,
  quantisation: 0xdb,
  frame: 0xc0,
  huffman: 0xc4,
  scan: 0xda,
  end: 0xd9,
} as const;

function pushHeaders(out: JpegBytes, width: number, height: number, step: number): void {
  const part = (marker: number, bytes: readonly number[]) =>
    out.push(0xff, marker, ...uint16(bytes.length + 2), ...bytes);
  const huffman = (id: number, { counts, symbols }: HuffmanTable) => [id, ...counts, ...symbols];
  out.push(0xff, MARKERS.start);
  // Version 1.1, without a density and a thumbnail.
  part(MARKERS.jfif, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  part(MARKERS.quantisation, [0, ...new Array<number>(64).fill(step)]);
  // 8 bits, 3 planes; each: its id, one sample a pixel, the table.
  part(MARKERS.frame, [8, ...uint16(height), ...uint16(width), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  part(MARKERS.huffman, [
    ...huffman(0x00, HUFFMAN.lumaDc),
    ...huffman(0x10, HUFFMAN.lumaAc),
    ...huffman(0x01, HUFFMAN.chromaDc),
    ...huffman(0x11, HUFFMAN.chromaAc),
  ]);
  // 3 planes, each with its tables; all frequencies at once.
  part(MARKERS.scan, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
}

const uint16 = (value: number) => [value >> 8, value & 0xff] as const;
