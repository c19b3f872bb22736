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
const GREEN_OF_BLUE = -22554;
const GREEN_OF_RED = 18734;

/** @param light, blue, red: rows of `width` samples. Up to 15 more may be read, and 45 bytes more written. */
export function convertRow(light: usize, blue: usize, red: usize, width: u32, to: usize): void {
  const middle = i8x16.splat(-128);
  const half = i32x4.splat(1 << 15);
  const greens = i32x4.splat((GREEN_OF_RED << 16) | (GREEN_OF_BLUE & 0xffff));
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

    const redA = i16x8.add(i16x8.add(yA, crA), i16x8.q15mulr_sat_s(crA, i16x8.splat(RED)));
    const redB = i16x8.add(i16x8.add(yB, crB), i16x8.q15mulr_sat_s(crB, i16x8.splat(RED)));
    const blueA = i16x8.add(i16x8.add(yA, i16x8.add(cbA, cbA)), i16x8.q15mulr_sat_s(cbA, i16x8.splat(BLUE)));
    const blueB = i16x8.add(i16x8.add(yB, i16x8.add(cbB, cbB)), i16x8.q15mulr_sat_s(cbB, i16x8.splat(BLUE)));
    const greenA = i16x8.add(i16x8.sub(yA, crA), greenOf(cbA, crA, greens, half));
    const greenB = i16x8.add(i16x8.sub(yB, crB), greenOf(cbB, crB, greens, half));

    const r = i8x16.narrow_i16x8_u(redA, redB);
    const g = i8x16.narrow_i16x8_u(greenA, greenB);
    const b = i8x16.narrow_i16x8_u(blueA, blueB);

    // Three vectors of one colour become three of whole pixels.
    const rgFirst = v128.shuffle<i8>(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    const rgNext = v128.shuffle<i8>(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    const rgLast = v128.shuffle<i8>(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    v128.store(to, v128.shuffle<i8>(rgFirst, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
    v128.store(to, v128.shuffle<i8>(rgNext, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
    v128.store(to, v128.shuffle<i8>(rgLast, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
    to += 48;
  }
}

// @ts-ignore: decorator
@inline
function greenOf(blue: v128, red: v128, factors: v128, half: v128): v128 {
  const first = i32x4.dot_i16x8_s(v128.shuffle<i16>(blue, red, 0, 8, 1, 9, 2, 10, 3, 11), factors);
  const last = i32x4.dot_i16x8_s(v128.shuffle<i16>(blue, red, 4, 12, 5, 13, 6, 14, 7, 15), factors);
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
