import {
  HUFFMAN,
  type HuffmanCodes,
  type HuffmanTable,
  huffmanCodes,
} from '../../app/capture/jpeg/huffmanTables.ts';
import { JpegBytes } from '../../app/capture/jpeg/jpegBytes.ts';

/** How many samples of light there are for one of each colour, across and down. */
export type Sampling = readonly [across: number, down: number];

/**
 * A baseline JPEG whose coefficients are drawn at random: sharp does not write all samplings, nor all that a file may hold.
 * @param random 0..1, another one each time
 * @param options.bits of coefficients at most
 * @param options.step by which coefficients are multiplied at most
 * @param options.tableOf makes another table of one of annex K. Default: those of annex K
 */
export function drawnJpeg(
  random: () => number,
  { width, height, sampling: [across, down], bits, step, tableOf = (table) => table }: DrawnPicture,
): Uint8Array<ArrayBuffer> {
  const out = new JpegBytes(65_536);
  const segment = (marker: number, bytes: readonly number[]) =>
    out.push(0xff, marker, ...uint16(bytes.length + 2), ...bytes);
  out.push(0xff, 0xd8);
  segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1 + Math.floor(random() * step))]);
  const light = [1, (across << 4) | down, 0];
  segment(0xc0, [8, ...uint16(height), ...uint16(width), 3, ...light, 2, 0x11, 0, 3, 0x11, 0]);
  const tables = Object.values(HUFFMAN).map(tableOf);
  for (const [at, { counts, symbols }] of tables.entries())
    segment(0xc4, [TABLE_IDS[at] ?? 0, ...counts, ...symbols]);
  segment(0xda, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);

  const [lumaDc, chromaDc, lumaAc, chromaAc] = tables.map(huffmanCodes);
  const luma = { dc: lumaDc, ac: lumaAc };
  const chroma = { dc: chromaDc, ac: chromaAc };
  const means = [0, 0, 0];
  const units = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  for (let unit = 0; unit < units; unit++) {
    for (const [plane, { dc, ac }] of [luma, chroma, chroma].entries()) {
      for (let block = 0; block < (plane === 0 ? across * down : 1); block++) {
        out.reserve(1_024);
        const mean = Math.round((random() - 0.5) * (2_000 / step));
        pushValue(out, dc, 0, mean - (means[plane] ?? 0));
        means[plane] = mean;
        // Few blocks are full, and many are flat.
        const last = Math.floor(64 * random() ** 3);
        for (let order = 1; order <= last; order++) {
          const zeros = Math.min(last - order, Math.floor(4 * random() ** 4));
          order += zeros;
          const value = Math.floor(2 ** (bits * random() ** 2)) * (random() < 0.5 ? -1 : 1);
          pushValue(out, ac, zeros, value);
        }
        if (last < 63) pushValue(out, ac, 0, 0);
      }
    }
  }
  out.alignBits();
  out.push(0xff, 0xd9);
  return out.taken();
}

interface DrawnPicture {
  width: number;
  height: number;
  sampling: Sampling;
  bits: number;
  step: number;
  tableOf?: ((table: HuffmanTable) => HuffmanTable) | undefined;
}

/** In the order of `HUFFMAN`. */
const TABLE_IDS = [0x00, 0x01, 0x10, 0x11];

function pushValue(out: JpegBytes, codes: HuffmanCodes | undefined, zeros: number, value: number): void {
  if (codes === undefined) throw new Error('A table is missing.');
  const { bits, lengths } = codes;
  const size = 32 - Math.clz32(Math.abs(value));
  const symbol = (zeros << 4) | size;
  out.pushBits(bits[symbol] ?? 0, lengths[symbol] ?? 0);
  out.pushBits((value < 0 ? value - 1 : value) & ((1 << size) - 1), size);
}

const uint16 = (value: number) => [value >> 8, value & 0xff] as const;
