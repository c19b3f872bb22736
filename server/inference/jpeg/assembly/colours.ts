import { firstBytes, firstPairs, lastBytes, lastPairs } from './interleave';

/**
 * Rows of samples to rows of pixels: the colours are brought to full size (T.81, A.1.1 has no word of how) and the three become red,
 * green and blue by the equations of JFIF (ITU-T T.871, 7), in whole numbers with 16 bits behind the point, rounded as in libjpeg.
 */

/**
 * Red is the light, plus 1.402 times the red difference: 91881 of 65536, which is the difference itself and 26345 of 65536. Half of
 * that, 13172 of 32768, is rounded alike for each difference there is. Blue likewise: 1.772, twice the difference less 14942 of 65536.
 */
const RED: i16 = 13172;
const BLUE: i16 = -7471;
/** Green is the light less 0.344136 of the blue difference and 0.714136 of the red one: 22554 and 46802 of 65536; the latter as 1 less 18734. */
const GREEN_OF_BLUE: i16 = -22554;
const GREEN_OF_RED: i16 = 18734;

/** In memory, since V8 puts a constant vector together again each time. */
const FACTORS = memory.data<i16>([RED, RED, BLUE, BLUE, GREEN_OF_BLUE, GREEN_OF_RED], 4);
const HALF = memory.data<i32>([1 << 15], 4);
const MIDDLE = memory.data<u8>([128], 1);
/** Of four pixels of four bytes, the first three of each. */
const THREE_OF_FOUR = memory.data<u8>([0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0], 16);

/** @param light, blue, red: rows of `width` samples. Up to 15 more may be read, and 45 bytes more written. */
export function convertRow(light: usize, blue: usize, red: usize, width: u32, to: usize): void {
  const middle = v128.load_splat<u8>(MIDDLE);
  const reds = v128.load_splat<u32>(FACTORS);
  const blues = v128.load_splat<u32>(FACTORS + 4);
  const greens = v128.load_splat<u32>(FACTORS + 8);
  const half = v128.load_splat<u32>(HALF);
  const threeOfFour = v128.load(THREE_OF_FOUR);
  for (let at: u32 = 0; at < width; at += 16) {
    const y = v128.load(light + at);
    const cb = v128.xor(v128.load(blue + at), middle);
    const cr = v128.xor(v128.load(red + at), middle);

    const yA = i16x8.extend_low_i8x16_u(y);
    const yB = i16x8.extend_high_i8x16_u(y);
    const cbA = i16x8.extend_low_i8x16_s(cb);
    const cbB = i16x8.extend_high_i8x16_s(cb);
    const crA = i16x8.extend_low_i8x16_s(cr);
    const crB = i16x8.extend_high_i8x16_s(cr);

    const redA = i16x8.add(i16x8.add(yA, crA), i16x8.q15mulr_sat_s(crA, reds));
    const redB = i16x8.add(i16x8.add(yB, crB), i16x8.q15mulr_sat_s(crB, reds));
    const blueA = i16x8.add(i16x8.add(yA, i16x8.add(cbA, cbA)), i16x8.q15mulr_sat_s(cbA, blues));
    const blueB = i16x8.add(i16x8.add(yB, i16x8.add(cbB, cbB)), i16x8.q15mulr_sat_s(cbB, blues));
    const greenA = i16x8.add(i16x8.sub(yA, crA), greenOf(cbA, crA, greens, half));
    const greenB = i16x8.add(i16x8.sub(yB, crB), greenOf(cbB, crB, greens, half));

    const r = i8x16.narrow_i16x8_u(redA, redB);
    const g = i8x16.narrow_i16x8_u(greenA, greenB);
    const b = i8x16.narrow_i16x8_u(blueA, blueB);

    // Four bytes a pixel first, by interleaving; then the fourth is left out, and the next store overwrites what is behind.
    const rgFirst = firstBytes(r, g);
    const rgLast = lastBytes(r, g);
    const bFirst = firstBytes(b, b);
    const bLast = lastBytes(b, b);
    v128.store(to, i8x16.swizzle(firstPairs(rgFirst, bFirst), threeOfFour));
    v128.store(to, i8x16.swizzle(lastPairs(rgFirst, bFirst), threeOfFour), 12);
    v128.store(to, i8x16.swizzle(firstPairs(rgLast, bLast), threeOfFour), 24);
    v128.store(to, i8x16.swizzle(lastPairs(rgLast, bLast), threeOfFour), 36);
    to += 48;
  }
}

// @ts-ignore: decorator
@inline
function greenOf(blue: v128, red: v128, factors: v128, half: v128): v128 {
  const first = i32x4.dot_i16x8_s(firstPairs(blue, red), factors);
  const last = i32x4.dot_i16x8_s(lastPairs(blue, red), factors);
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(first, half), 16), i32x4.shr_s(i32x4.add(last, half), 16));
}

/**
 * Twice as many samples across: three parts of the nearer one and one of the other, as libjpeg rounds it. Beyond the edges the
 * last sample is repeated.
 * @param isDown likewise down the picture, between two rows; else `far` does not count
 * @param near, far: rows of `width` samples
 * @param sums room for `width` and 26 numbers of 16 bits
 * @param to room for twice `width` and 30 samples
 */
export function enlargeRow(isDown: bool, near: usize, far: usize, width: u32, sums: usize, to: usize): void {
  const row = sums + 16;
  for (let at: u32 = 0; at < width; at += 8) {
    const nearer = v128.load_zero<u64>(near + at);
    const farther = v128.load_zero<u64>(far + at);
    const wide = i16x8.extend_low_i8x16_u(nearer);
    const sum = isDown
      ? i16x8.add(i16x8.add(i16x8.add(wide, wide), wide), i16x8.extend_low_i8x16_u(farther))
      : wide;
    v128.store(row + 2 * at, sum);
  }
  store<u16>(row - 2, load<u16>(row));
  store<u16>(row + 2 * width, load<u16>(row + 2 * width - 2));
  // Three parts and one of four parts and four: 16 in all, or 4.
  const shift = isDown ? 4 : 2;
  const evenHalf = i16x8.splat(isDown ? 8 : 1);
  const oddHalf = i16x8.splat(isDown ? 7 : 2);
  for (let at: u32 = 0; at < width; at += 8) {
    const own = v128.load(row + 2 * at);
    const before = v128.load(row + 2 * at - 2);
    const after = v128.load(row + 2 * at + 2);
    const three = i16x8.add(i16x8.add(own, own), own);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(three, before), evenHalf), shift);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(three, after), oddHalf), shift);
    // The lower byte of each pair is the even one.
    v128.store(to + 2 * at, v128.or(even, i16x8.shl(odd, 8)));
  }
}
