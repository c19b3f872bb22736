/**
 * The discrete cosine transform of a block of 8x8 values, in place, by Arai, Agui and Nakajima: five multiplications for eight
 * values, and each result is too large by a factor of its own, which `multipliersOf` takes out again. As jfdctflt.c of libjpeg.
 */
export function forwardDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(block, row, 1);
  for (let column = 0; column < 8; column += 1) transform(block, column, 8);
}

/** By what each result of `forwardDct` is multiplied to be divided by `step`, row by row. */
export function multipliersOf(step: number): Float64Array {
  return Float64Array.from({ length: 64 }, (_, at) => 1 / (8 * step * scale(at >> 3) * scale(at & 7)));
}

const scale = (frequency: number) =>
  frequency === 0 ? 1 : Math.SQRT2 * Math.cos((frequency * Math.PI) / 16);

const COS_4 = Math.cos(Math.PI / 4);
const COS_6 = Math.cos((6 * Math.PI) / 16);
const SUM_2_6 = Math.cos((2 * Math.PI) / 16) + COS_6;
const DIFFERENCE_2_6 = Math.cos((2 * Math.PI) / 16) - COS_6;

function transform(block: Float64Array, at: number, step: number): void {
  const a0 = block[at] as number;
  const a1 = block[at + step] as number;
  const a2 = block[at + 2 * step] as number;
  const a3 = block[at + 3 * step] as number;
  const a4 = block[at + 4 * step] as number;
  const a5 = block[at + 5 * step] as number;
  const a6 = block[at + 6 * step] as number;
  const a7 = block[at + 7 * step] as number;
  const outer = a0 + a7;
  const second = a1 + a6;
  const third = a2 + a5;
  const inner = a3 + a4;

  const evenSum = outer + inner;
  const evenDifference = outer - inner;
  const middleSum = second + third;
  const turned = (second - third + evenDifference) * COS_4;
  block[at] = evenSum + middleSum;
  block[at + 4 * step] = evenSum - middleSum;
  block[at + 2 * step] = evenDifference + turned;
  block[at + 6 * step] = evenDifference - turned;

  const low = a3 - a4 + (a2 - a5);
  const mid = a2 - a5 + (a1 - a6);
  const high = a1 - a6 + (a0 - a7);
  const shared = (low - high) * COS_6;
  const lowTurned = DIFFERENCE_2_6 * low + shared;
  const highTurned = SUM_2_6 * high + shared;
  const midTurned = mid * COS_4;
  const plus = a0 - a7 + midTurned;
  const minus = a0 - a7 - midTurned;
  block[at + 5 * step] = minus + lowTurned;
  block[at + 3 * step] = minus - lowTurned;
  block[at + step] = plus + highTurned;
  block[at + 7 * step] = plus - highTurned;
}
