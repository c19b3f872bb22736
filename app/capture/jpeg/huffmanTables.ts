/** A Huffman table as a JPEG states it. */
export interface HuffmanTable {
  /** Number of codes of 1 to 16 bits. */
  readonly counts: readonly number[];
  /** What they stand for, those with the shortest codes first. */
  readonly symbols: readonly number[];
}

/** For each symbol the bits of its code, and how many they are. */
export interface HuffmanCodes {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
}

export function huffmanCodes({ counts, symbols }: HuffmanTable): HuffmanCodes {
  const codes = { bits: new Uint16Array(256), lengths: new Uint8Array(256) };
  let code = 0;
  let next = 0;
  for (const [shorter, count] of counts.entries()) {
    for (let index = 0; index < count; index += 1) {
      const symbol = symbols[next++] ?? 0;
      codes.bits[symbol] = code++;
      codes.lengths[symbol] = shorter + 1;
    }
    code <<= 1;
  }
  return codes;
}

const hex = (text: string) =>
  Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));

/** Sizes of the mean of a block, 0 to 11 bits. */
const DC_SYMBOLS = hex('000102030405060708090a0b');

/** The tables of annex K of the standard, which nearly all encoders write. Tables made for each picture would save 3 %. */
export const HUFFMAN = {
  lumaDc: { counts: hex('00010501010101010100000000000000'), symbols: DC_SYMBOLS },
  chromaDc: { counts: hex('00030101010101010101010000000000'), symbols: DC_SYMBOLS },
  lumaAc: {
    counts: hex('0002010303020403050504040000017d'),
    symbols: hex(
      '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a' +
        '434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8' +
        'a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    ),
  },
  chromaAc: {
    counts: hex('00020102040403040705040400010277'),
    symbols: hex(
      '0001020311040521310612415107617113223281081442' +
        '91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a' +
        '434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7' +
        'a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
    ),
  },
} as const satisfies Record<string, HuffmanTable>;
