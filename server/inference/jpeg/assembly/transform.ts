import { firstBytes, firstPairs, lastBytes, lastPairs } from './interleave';

/**
 * The inverse discrete cosine transform (ITU-T T.81, A.3.3) by the scheme of Loeffler, Ligtenberg and Moschytz with 12
 * multiplications ("Practical fast 1-D DCT algorithms with 11 multiplications", ICASSP 1989), in whole numbers, with the roundings of
 * libjpeg's accurate transform: 13 bits behind the point in products, 2 between the passes. Columns first, then rows.
 *
 * Its products are taken in pairs, as the processor has an instruction for the sum of two: where the scheme multiplies a sum of two
 * values and adds a product of one of them, the factors are added here instead. That is the same number.
 */

const PRODUCT_BITS = 13;
const BETWEEN_BITS = 2;
/** Both passes together make values eight times as large. */
const SCALE_BITS = 3;

/** Factors with `PRODUCT_BITS` behind the point. */
const F_0_298: i16 = 2446;
const F_0_390: i16 = 3196;
const F_0_541: i16 = 4433;
const F_0_765: i16 = 6270;
const F_0_899: i16 = 7373;
const F_1_175: i16 = 9633;
const F_1_501: i16 = 12299;
const F_1_847: i16 = 15137;
const F_1_961: i16 = 16069;
const F_2_053: i16 = 16819;
const F_2_562: i16 = 20995;
const F_3_072: i16 = 25172;

/**
 * Pairs of them, as they are multiplied with pairs of values. In memory: V8 loads a vector from there with one instruction, and puts a constant
 * together with four, each time.
 */
const TURN_3 = memory.data<i16>([F_0_541 + F_0_765, F_0_541], 4);
const TURN_2 = memory.data<i16>([F_0_541, F_0_541 - F_1_847], 4);
const TURN_SUM_37 = memory.data<i16>([F_1_175 - F_1_961, F_1_175], 4);
const TURN_SUM_15 = memory.data<i16>([F_1_175, F_1_175 - F_0_390], 4);
const TURN_7 = memory.data<i16>([F_0_298 - F_0_899, -F_0_899], 4);
const TURN_1 = memory.data<i16>([-F_0_899, F_1_501 - F_0_899], 4);
const TURN_5 = memory.data<i16>([F_2_053 - F_2_562, -F_2_562], 4);
const TURN_3_ODD = memory.data<i16>([-F_2_562, F_3_072 - F_2_562], 4);
const ROUNDINGS = memory.data<i32>([1 << 10, 1 << 17], 4);

/** What is between the passes. */
const between = memory.data(128, 16);

/**
 * One pass over eight columns at a time.
 * @param isFirst from coefficients to `between`, which holds columns as rows then; else from there to samples
 * @param from 8 rows of 8 values of 16 bits
 * @param steps by which coefficients are multiplied first
 * @param to a row of 8 samples every `stride` bytes
 * @returns a bit in places where a sum of two values would not have had room in 16 bits: no picture has such
 */
// @ts-ignore: decorator
@inline
function pass(isFirst: bool, from: usize, steps: usize, to: usize, stride: usize): v128 {
  const shift = isFirst ? PRODUCT_BITS - BETWEEN_BITS : PRODUCT_BITS + BETWEEN_BITS + SCALE_BITS;
  let r0 = v128.load(from, 0);
  let r1 = v128.load(from, 16);
  let r2 = v128.load(from, 32);
  let r3 = v128.load(from, 48);
  let r4 = v128.load(from, 64);
  let r5 = v128.load(from, 80);
  let r6 = v128.load(from, 96);
  let r7 = v128.load(from, 112);
  let tooLarge = i16x8.splat(0);
  if (isFirst) {
    const s0 = v128.load(steps, 0);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r0, i16x8.add(s0, s0)));
    r0 = i16x8.mul(r0, s0);
    const s1 = v128.load(steps, 16);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r1, i16x8.add(s1, s1)));
    r1 = i16x8.mul(r1, s1);
    const s2 = v128.load(steps, 32);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r2, i16x8.add(s2, s2)));
    r2 = i16x8.mul(r2, s2);
    const s3 = v128.load(steps, 48);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r3, i16x8.add(s3, s3)));
    r3 = i16x8.mul(r3, s3);
    const s4 = v128.load(steps, 64);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r4, i16x8.add(s4, s4)));
    r4 = i16x8.mul(r4, s4);
    const s5 = v128.load(steps, 80);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r5, i16x8.add(s5, s5)));
    r5 = i16x8.mul(r5, s5);
    const s6 = v128.load(steps, 96);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r6, i16x8.add(s6, s6)));
    r6 = i16x8.mul(r6, s6);
    const s7 = v128.load(steps, 112);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r7, i16x8.add(s7, s7)));
    r7 = i16x8.mul(r7, s7);
  }

  const even2 = firstPairs(r2, r6);
  const even2b = lastPairs(r2, r6);
  const turn3 = v128.load_splat<u32>(TURN_3);
  const turn2 = v128.load_splat<u32>(TURN_2);
  const sum04 = i16x8.add(r0, r4);
  const difference04 = i16x8.sub(r0, r4);
  const rounding = v128.load_splat<u32>(isFirst ? ROUNDINGS : ROUNDINGS + 4);

  const a0 = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sum04), PRODUCT_BITS), rounding);
  const a1 = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(difference04), PRODUCT_BITS), rounding);
  const a2 = i32x4.dot_i16x8_s(even2, turn2);
  const a3 = i32x4.dot_i16x8_s(even2, turn3);
  const b0 = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sum04), PRODUCT_BITS), rounding);
  const b1 = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(difference04), PRODUCT_BITS), rounding);
  const b2 = i32x4.dot_i16x8_s(even2b, turn2);
  const b3 = i32x4.dot_i16x8_s(even2b, turn3);

  const sum37 = i16x8.add(r7, r3);
  const sum15 = i16x8.add(r5, r1);
  const sums = firstPairs(sum37, sum15);
  const sumsB = lastPairs(sum37, sum15);
  const turnSum3 = v128.load_splat<u32>(TURN_SUM_37);
  const turnSum4 = v128.load_splat<u32>(TURN_SUM_15);
  const a37 = i32x4.dot_i16x8_s(sums, turnSum3);
  const a15 = i32x4.dot_i16x8_s(sums, turnSum4);
  const b37 = i32x4.dot_i16x8_s(sumsB, turnSum3);
  const b15 = i32x4.dot_i16x8_s(sumsB, turnSum4);

  const outer = firstPairs(r7, r1);
  const outerB = lastPairs(r7, r1);
  const inner = firstPairs(r5, r3);
  const innerB = lastPairs(r5, r3);
  const turn7 = v128.load_splat<u32>(TURN_7);
  const turn1 = v128.load_splat<u32>(TURN_1);
  const turn5 = v128.load_splat<u32>(TURN_5);
  const turn3odd = v128.load_splat<u32>(TURN_3_ODD);
  const a7 = i32x4.add(i32x4.dot_i16x8_s(outer, turn7), a37);
  const a8 = i32x4.add(i32x4.dot_i16x8_s(outer, turn1), a15);
  const a5 = i32x4.add(i32x4.dot_i16x8_s(inner, turn5), a15);
  const a6 = i32x4.add(i32x4.dot_i16x8_s(inner, turn3odd), a37);
  const b7 = i32x4.add(i32x4.dot_i16x8_s(outerB, turn7), b37);
  const b8 = i32x4.add(i32x4.dot_i16x8_s(outerB, turn1), b15);
  const b5 = i32x4.add(i32x4.dot_i16x8_s(innerB, turn5), b15);
  const b6 = i32x4.add(i32x4.dot_i16x8_s(innerB, turn3odd), b37);

  const a03 = i32x4.add(a0, a3);
  const b03 = i32x4.add(b0, b3);
  r0 = narrowed(i32x4.add(a03, a8), i32x4.add(b03, b8), shift);
  r7 = narrowed(i32x4.sub(a03, a8), i32x4.sub(b03, b8), shift);
  const a12 = i32x4.add(a1, a2);
  const b12 = i32x4.add(b1, b2);
  r1 = narrowed(i32x4.add(a12, a6), i32x4.add(b12, b6), shift);
  r6 = narrowed(i32x4.sub(a12, a6), i32x4.sub(b12, b6), shift);
  const a12m = i32x4.sub(a1, a2);
  const b12m = i32x4.sub(b1, b2);
  r2 = narrowed(i32x4.add(a12m, a5), i32x4.add(b12m, b5), shift);
  r5 = narrowed(i32x4.sub(a12m, a5), i32x4.sub(b12m, b5), shift);
  const a03m = i32x4.sub(a0, a3);
  const b03m = i32x4.sub(b0, b3);
  r3 = narrowed(i32x4.add(a03m, a7), i32x4.add(b03m, b7), shift);
  r4 = narrowed(i32x4.sub(a03m, a7), i32x4.sub(b03m, b7), shift);

  if (isFirst) {
    const one = i16x8.splat(1);
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r0, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r1, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r2, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r3, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r4, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r5, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r6, one));
    tooLarge = v128.or(tooLarge, i16x8.q15mulr_sat_s(r7, one));
    const pairs01 = firstPairs(r0, r1);
    const pairs01b = lastPairs(r0, r1);
    const pairs23 = firstPairs(r2, r3);
    const pairs23b = lastPairs(r2, r3);
    const pairs45 = firstPairs(r4, r5);
    const pairs45b = lastPairs(r4, r5);
    const pairs67 = firstPairs(r6, r7);
    const pairs67b = lastPairs(r6, r7);
    const fours0 = v128.shuffle<i32>(pairs01, pairs23, 0, 4, 1, 5);
    const fours2 = v128.shuffle<i32>(pairs01, pairs23, 2, 6, 3, 7);
    const fours4 = v128.shuffle<i32>(pairs01b, pairs23b, 0, 4, 1, 5);
    const fours6 = v128.shuffle<i32>(pairs01b, pairs23b, 2, 6, 3, 7);
    const fours0b = v128.shuffle<i32>(pairs45, pairs67, 0, 4, 1, 5);
    const fours2b = v128.shuffle<i32>(pairs45, pairs67, 2, 6, 3, 7);
    const fours4b = v128.shuffle<i32>(pairs45b, pairs67b, 0, 4, 1, 5);
    const fours6b = v128.shuffle<i32>(pairs45b, pairs67b, 2, 6, 3, 7);
    v128.store(between, v128.shuffle<i64>(fours0, fours0b, 0, 2), 0);
    v128.store(between, v128.shuffle<i64>(fours0, fours0b, 1, 3), 16);
    v128.store(between, v128.shuffle<i64>(fours2, fours2b, 0, 2), 32);
    v128.store(between, v128.shuffle<i64>(fours2, fours2b, 1, 3), 48);
    v128.store(between, v128.shuffle<i64>(fours4, fours4b, 0, 2), 64);
    v128.store(between, v128.shuffle<i64>(fours4, fours4b, 1, 3), 80);
    v128.store(between, v128.shuffle<i64>(fours6, fours6b, 0, 2), 96);
    v128.store(between, v128.shuffle<i64>(fours6, fours6b, 1, 3), 112);
    return tooLarge;
  }
  // What was taken from samples before the transform, 128, is given back: T.81, A.3.1.
  const middle = i8x16.splat(-128);
  const columns04 = v128.xor(i8x16.narrow_i16x8_s(r0, r4), middle);
  const columns15 = v128.xor(i8x16.narrow_i16x8_s(r1, r5), middle);
  const columns26 = v128.xor(i8x16.narrow_i16x8_s(r2, r6), middle);
  const columns37 = v128.xor(i8x16.narrow_i16x8_s(r3, r7), middle);
  const columns02 = firstBytes(columns04, columns26);
  const columns46 = lastBytes(columns04, columns26);
  const columns13 = firstBytes(columns15, columns37);
  const columns57 = lastBytes(columns15, columns37);
  const left = firstBytes(columns02, columns13);
  const leftBelow = lastBytes(columns02, columns13);
  const right = firstBytes(columns46, columns57);
  const rightBelow = lastBytes(columns46, columns57);
  storeRows(v128.shuffle<i32>(left, right, 0, 4, 1, 5), to, stride);
  storeRows(v128.shuffle<i32>(left, right, 2, 6, 3, 7), to + 2 * stride, stride);
  storeRows(v128.shuffle<i32>(leftBelow, rightBelow, 0, 4, 1, 5), to + 4 * stride, stride);
  storeRows(v128.shuffle<i32>(leftBelow, rightBelow, 2, 6, 3, 7), to + 6 * stride, stride);
  return tooLarge;
}

// @ts-ignore: decorator
@inline
function narrowed(first: v128, last: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(first, shift), i32x4.shr_s(last, shift));
}

/** Two rows of 8 samples. */
// @ts-ignore: decorator
@inline
function storeRows(rows: v128, to: usize, stride: usize): void {
  v128.store_lane<u64>(to, rows, 0);
  v128.store_lane<u64>(to + stride, rows, 1);
}

/** What `transformBlock` found too large, of all blocks of a picture. */
let excess: v128 = i16x8.splat(0);

export function forgetExcess(): void {
  excess = i16x8.splat(0);
}

/** Whether values were beyond all that pictures have, where decoders differ. */
export function hasExcess(): bool {
  return v128.any_true(excess);
}

/**
 * Turns coefficients into samples, and the coefficients into zeros for the next row of blocks.
 * @param block 64 coefficients of 16 bits, row by row
 * @param last place in zigzag order up to which there are coefficients
 */
export function transformBlock(block: usize, last: u32, steps: usize, to: usize, stride: usize): void {
  const zeros = i16x8.splat(0);
  if (last == 0) {
    const dc = <i32>load<i16>(block) * <i32>load<i16>(steps);
    // As both passes round it.
    const sample = min(255, max(0, (((dc << BETWEEN_BITS) + (1 << (BETWEEN_BITS + SCALE_BITS - 1))) >> (BETWEEN_BITS + SCALE_BITS)) + 128));
    const rows = i8x16.splat(<i8>sample);
    storeRows(rows, to, stride);
    storeRows(rows, to + 2 * stride, stride);
    storeRows(rows, to + 4 * stride, stride);
    storeRows(rows, to + 6 * stride, stride);
    store<u16>(block, 0);
    if (dc >= 8192 || dc < -8192) excess = i16x8.splat(1);
    return;
  }
  excess = v128.or(excess, pass(true, block, steps, 0, 0));
  for (let at: usize = 0; at < 128; at += 16) v128.store(block + at, zeros);
  pass(false, between, 0, to, stride);
}
