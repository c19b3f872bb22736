import { Component } from './state';

/**
 * Huffman codes of a baseline scan: ITU-T T.81, annexes C (codes), F.2.2 (coefficients).
 *
 * The bits of a scan are copied first, without the zeros that are stuffed behind 0xff, and backwards: the byte that comes first
 * has the highest address. So eight bytes that are loaded as a little-endian number have the first bit on top.
 */

/** Codes up to this length are found by one look into a table. Longer ones are rare, and take a second look. */
const FIRST_BITS: u32 = 10;
const SECOND_BITS: u32 = 6;
const MAX_CODE_BITS: u32 = FIRST_BITS + SECOND_BITS;
const FIRST_BYTES: u32 = 4 << FIRST_BITS;
const SECOND_BYTES: u32 = 4 << SECOND_BITS;
/** Tables of second looks: one for each way in which longer codes begin. Those of annex K need 5. */
const MAX_SECONDS: u32 = 64;
const TABLE_BYTES: u32 = FIRST_BYTES + MAX_SECONDS * SECOND_BYTES;

/**
 * Two tables for DC and two for AC: all that baseline has. Each has an entry of 4 bytes for each value of the next bits. Its bits 0..5 are the
 * length of the code and of the value behind it, 8..15 how many zeros come before the value, and 16..31 as many ones as the value has
 * bits. Where longer codes begin: 0, `LONGER`, and how far behind the table's begin the second one is.
 */
const tables = memory.data(4 * (4096 + 64 * 256), 16);
const isDefined = memory.data(4, 4);

/**
 * "Zeros" of an entry that ends a block, of one that is no code, and of one that is in a second table. All of them lead beyond a
 * block, so that the loop has one question for these and for what is wrong.
 */
const END_OF_BLOCK: u32 = 64;
const NO_CODE: u32 = 65;
const LONGER: u32 = 128;

/** The longest value of baseline, in bits: T.81, tables F.1 and F.2. */
const MAX_DC_BITS: u32 = 11;
const MAX_AC_BITS: u32 = 10;

export function forgetTables(): void {
  store<u32>(isDefined, 0);
}

/** @returns 0 where the picture has not defined it */
export function tableOf(isAc: bool, id: u32): usize {
  const index = 2 * <u32>isAc + id;
  if (id > 1 || load<u8>(isDefined + index) == 0) return 0;
  return tables + index * TABLE_BYTES;
}

/**
 * Reads one table (T.81, B.2.4.2 and C.2).
 * @param from its 16 counts; the symbols follow
 * @returns how many bytes it takes; 0 where it is none of baseline, or the second of its kind
 */
export function readTable(isAc: bool, id: u32, from: usize, end: usize): usize {
  if (id > 1 || from + MAX_CODE_BITS > end) return 0;
  const index = 2 * <u32>isAc + id;
  // Each is defined once: filling them takes longer than the bytes that ask for it say.
  if (load<u8>(isDefined + index) != 0) return 0;
  const table = tables + index * TABLE_BYTES;
  fill(table, NO_CODE << 8, 1 << FIRST_BITS);
  let code: u32 = 0;
  let place: u32 = 0;
  let seconds: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_BITS; length++) {
    const count = <u32>load<u8>(from + length - 1);
    if (place + count > 256 || from + MAX_CODE_BITS + place + count > end) return 0;
    // The code of ones alone is none: T.81, C.2.
    if (code + count >= <u32>1 << length) return 0;
    for (let i: u32 = 0; i < count; i++) {
      const entry = entryOf(isAc, load<u8>(from + MAX_CODE_BITS + place), length);
      if (entry == 0) return 0;
      if (length <= FIRST_BITS) {
        const free = FIRST_BITS - length;
        fill(table + 4 * (code << free), entry, 1 << free);
      } else {
        const free = MAX_CODE_BITS - length;
        const first = table + 4 * (code >> (length - FIRST_BITS));
        if (load<u32>(first) == NO_CODE << 8) {
          if (seconds == MAX_SECONDS) return 0;
          const offset = FIRST_BYTES + SECOND_BYTES * seconds++;
          fill(table + offset, NO_CODE << 8, 1 << SECOND_BITS);
          store<u32>(first, (offset << 16) | (LONGER << 8));
        }
        const second = table + (load<u32>(first) >> 16);
        fill(second + 4 * ((code << free) & ((1 << SECOND_BITS) - 1)), entry, 1 << free);
      }
      code++;
      place++;
    }
    code <<= 1;
  }
  store<u8>(isDefined + index, 1);
  return MAX_CODE_BITS + place;
}

/** @returns 0 for a symbol that baseline does not have */
function entryOf(isAc: bool, symbol: u32, length: u32): u32 {
  const size = isAc ? symbol & 15 : symbol;
  if (size > (isAc ? MAX_AC_BITS : MAX_DC_BITS)) return 0;
  let zeros = isAc ? symbol >> 4 : 0;
  if (isAc && size == 0 && zeros < 15) zeros = zeros == 0 ? END_OF_BLOCK : NO_CODE;
  return (((1 << size) - 1) << 16) | (zeros << 8) | (length + size);
}

function fill(from: usize, entry: u32, count: u32): void {
  for (let at: u32 = 0; at < 4 * count; at += 4) store<u32>(from + at, entry);
}

/** The bits that come next, the first one on top, and how many of them are not to be loaded again. */
let bits: u64 = 0;
let count: u64 = 0;
/** The byte before it is the next one to load. */
let at: usize = 0;
/** The first and the last byte of the scan, in reading order: the highest address and the lowest. */
let top: usize = 0;
let bottom: usize = 0;

/** Of zeros below the scan: more than a block can take. What is read there is found to be too much afterwards. */
export const STREAM_GUARD: usize = 512;

/**
 * Copies the bits of a scan: T.81, B.1.1.5.
 * @param from the first byte after the scan's header
 * @param end of the file; 16 bytes behind it may be read
 * @param streamTop where the copy ends. It goes down from there, by as many bytes as the file has, and `STREAM_GUARD` more
 * @returns where the marker after the scan stands; 0 where there is none
 */
export function openStream(from: usize, end: usize, streamTop: usize): usize {
  let to = streamTop;
  while (true) {
    const next = v128.load(from);
    const isFF = i8x16.bitmask(i8x16.eq(next, i8x16.splat(-1)));
    v128.store(to - 16, i8x16.shuffle(next, next, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    if (isFF == 0) {
      from += 16;
      to -= 16;
      if (from >= end) return 0;
      continue;
    }
    const before = <usize>ctz(isFF);
    from += before;
    to -= before;
    if (from + 2 > end) return 0;
    if (load<u8>(from + 1) != 0) break;
    from += 2;
    to -= 1;
  }
  memory.fill(to - STREAM_GUARD, 0, STREAM_GUARD);
  top = streamTop;
  bottom = to;
  at = top;
  bits = 0;
  count = 0;
  return from;
}

/** Whether all bits were used, but for those that fill the last byte. */
export function isStreamUsedUp(): bool {
  const left = 8 * (<i64>at - <i64>bottom) + <i64>count;
  return left >= 0 && left < 8;
}

/** By order in the file, from the lowest frequency to the highest, where a coefficient stands, in bytes: T.81, figure A.6. */
const ZIGZAG = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12, 14, 28, 42, 56, 70, 84,
  98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76, 62, 78, 92, 106, 120, 122, 108, 94, 110, 124, 126,
]);

/** @returns 0..63 for the place of a coefficient in a file */
export function placeOf(order: u32): u32 {
  return <u32>load<u8>(ZIGZAG + order) >> 1;
}

// @ts-ignore: decorator
@inline
function zerosOf(entry: u32): u32 {
  return (entry >> 8) & 255;
}

/** Where the entry of a longer code stands in its second table. */
// @ts-ignore: decorator
@inline
function secondOffset(word: u64): usize {
  return <usize>((word >> (64 - FIRST_BITS - SECOND_BITS)) & ((1 << SECOND_BITS) - 1)) << 2;
}

/** The value behind a code. One whose first bit is 0 is negative: T.81, F.2.2.1, EXTEND. */
// @ts-ignore: decorator
@inline
function valueOf(entry: u32, word: u64): i32 {
  const ones = entry >> 16;
  // By the six lowest bits of the entry: what comes next of the code and the value is below then.
  const value = <u32>rotl<u64>(word, <u64>entry) & ones;
  return <i32>(value - select<u32>(ones, 0, value <= ones >> 1));
}

/**
 * Reads the blocks of one row of units (MCUs).
 * @param units number of them
 * @param blocks of a unit; the component of each stands at `components`, as a pointer
 * @param to 128 bytes of zeros for each block: 64 coefficients of 16 bits, row by row
 * @param lasts a byte for each block: up to which place in zigzag order it may have coefficients
 * @returns false where the bits are none of a baseline scan, or too few
 */
export function readRow(units: u32, blocks: u32, components: usize, to: usize, lasts: usize): bool {
  let word = bits;
  let ready = count;
  let next = at;
  let outOfRange: i32 = 0;
  for (let unit: u32 = 0; unit < units; unit++) {
    for (let block: u32 = 0; block < blocks; block++) {
      const component = changetype<Component>(load<usize>(components + 4 * block));
      // A word may have been loaded ahead. One block reads less than the guard has.
      if (next + 8 < bottom) return false;

      word |= load<u64>(next - 8) >> ready;
      next -= <usize>((63 - ready) >> 3);
      ready |= 56;
      const dcTable = component.dc;
      let entry = load<u32>(dcTable + (<usize>(word >> (64 - FIRST_BITS)) << 2));
      if (zerosOf(entry) != 0) {
        if (zerosOf(entry) == LONGER) entry = load<u32>(dcTable + (entry >> 16) + secondOffset(word));
        if (zerosOf(entry) != 0) return false;
      }
      const dc = component.lastDc + valueOf(entry, word);
      component.lastDc = dc;
      outOfRange |= dc ^ <i32>(<i16>dc);
      store<i16>(to, <i16>dc);
      word <<= <u64>entry;
      ready -= <u64>(entry & 63);

      const ac = component.ac;
      let order: u32 = 1;
      do {
        word |= load<u64>(next - 8) >> ready;
        next -= <usize>((63 - ready) >> 3);
        ready |= 56;
        entry = load<u32>(ac + (<usize>(word >> (64 - FIRST_BITS)) << 2));
        order += zerosOf(entry);
        if (order > 63) {
          if (zerosOf(entry) == LONGER) {
            entry = load<u32>(ac + (entry >> 16) + secondOffset(word));
            order += zerosOf(entry) - LONGER;
          }
          if (order > 63) {
            if (zerosOf(entry) != END_OF_BLOCK) return false;
            word <<= <u64>entry;
            ready -= <u64>(entry & 63);
            order -= END_OF_BLOCK;
            break;
          }
        }
        store<i16>(to + load<u8>(ZIGZAG + order), <i16>valueOf(entry, word));
        word <<= <u64>entry;
        ready -= <u64>(entry & 63);
        order++;
      } while (order < 64);

      store<u8>(lasts, order - 1);
      lasts++;
      to += 128;
    }
  }
  bits = word;
  count = ready;
  at = next;
  return outOfRange == 0;
}
