import type { ConvLayer } from './network.ts';
import { type Together, turnRoundings } from './turnRoundings.ts';
import type { QuantizedWeights } from './writeQuantized.ts';

/** Of the numbers that a layer reads, by input channel, as they are scaled. */
export interface InputMoments {
  readonly mean: Float64Array;
  /** Of the difference to the mean. */
  readonly variance: Float64Array;
  /** Of pointwise convolutions. */
  readonly together?: Together;
}

/** Shares of the whole range of a channel's weights that are tried. */
const SHARES = Array.from({ length: 24 }, (_, step) => 1 - step * 0.02);
/** At twice the range no pair is too large. */
const WIDER = Array.from({ length: 26 }, (_, step) => 1 + step * 0.04);
/** How alike neighbouring numbers of a picture are: 0 not at all, 1 wholly. Measured 0.6 to 0.9 in trained networks. */
const NEIGHBOURS = 0.7;

const TOP = 127;
/** Two weights of one sign that add up to more would take the sum of two products with uint8 beyond 16 bits. */
const MAX_PAIR = Math.floor((2 ** 15 - 1) / 255);

/**
 * Rounds a layer's weights to int8, symmetric, with one scale for each output. Scale and rounding are those that change
 * the layer's output least for inputs as they were seen; the rest of the change that is the same in every picture goes into the bias.
 * @param bits 8, or 7 where the processor adds two products in 16 bits and would cut off larger ones: then two weights that are
 *   multiplied side by side have 7 bits each on average, of which one may take more. Depthwise convolutions add in 32 bits everywhere.
 */
export function roundWeights(
  { dims, groups, isDepthwise }: Pick<ConvLayer, 'dims' | 'groups' | 'isDepthwise'>,
  { weights, bias }: Pick<ConvLayer, 'weights' | 'bias'>,
  moments: InputMoments | undefined,
  bits: 7 | 8,
): QuantizedWeights {
  const [outputs, inputs, height, width] = dims;
  const area = height * width;
  const each = inputs * area;
  const hasPairs = bits === 7 && !isDepthwise;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(outputs);
  const corrected = Float32Array.from(bias);
  for (let to = 0; to < outputs; to++) {
    const firstInput = Math.floor((to * groups) / outputs) * inputs;
    const row = weights.subarray(to * each, (to + 1) * each);
    const variance = (from: number) => (moments ? (moments.variance[firstInput + from] ?? 1) : 1);
    const best = roundRow(row, area, hasPairs, variance);
    const scale = moments?.together
      ? turnRoundings(
          { exact: row, ...best },
          moments.together,
          hasPairs ? MAX_PAIR : Number.POSITIVE_INFINITY,
        )
      : best.scale;
    values.set(best.values, to * each);
    scales[to] = scale;
    let shift = 0;
    for (let at = 0; at < each; at++) {
      const change = (best.values[at] ?? 0) * scale - (row[at] ?? 0);
      shift += change * (moments?.mean[firstInput + Math.floor(at / area)] ?? 0);
    }
    corrected[to] = (corrected[to] ?? 0) - shift;
  }
  return { values, scales, bias: corrected };
}

function roundRow(row: Float32Array, area: number, hasPairs: boolean, variance: (from: number) => number) {
  const largest = row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const best = { values: new Int8Array(row.length), scale: 1 };
  if (largest === 0) return best;
  const tried = new Int8Array(row.length);
  const changes = new Float64Array(area);
  let least = Number.POSITIVE_INFINITY;
  for (const share of hasPairs ? [...WIDER, ...SHARES] : SHARES) {
    // float32, as the graph has it.
    const scale = Math.fround((largest * share) / TOP);
    let error = 0;
    for (let start = 0; start < row.length && error < least; start += area) {
      error +=
        roundKernel({ row, start, scale, values: tried, changes }) * scale ** 2 * variance(start / area);
    }
    if (hasPairs && error < least) error += limitPairs({ row, scale, values: tried, area, variance });
    if (error >= least) continue;
    least = error;
    best.values.set(tried);
    best.scale = scale;
  }
  return best;
}

/**
 * Takes from pairs of weights what is too much. Processors pair the numbers of a patch in the order in which they lie in memory, channels
 * together.
 * @returns what that adds to the error
 */
function limitPairs({
  row,
  scale,
  values,
  area,
  variance,
}: Pick<Kernel, 'row' | 'scale' | 'values'> & { area: number; variance: (from: number) => number }): number {
  const inputs = row.length / area;
  const placeOf = (at: number) => (at % inputs) * area + Math.floor(at / inputs);
  let added = 0;
  for (let at = 0; at + 1 < row.length; at += 2) {
    const pair = [placeOf(at), placeOf(at + 1)] as const;
    const [one = 0, other = 0] = pair.map((place) => values[place] ?? 0);
    const tooMuch = Math.abs(one) + Math.abs(other) - MAX_PAIR;
    if (one * other <= 0 || tooMuch <= 0) continue;
    // Half of it from each. Neither is left with less than nothing: each is at least 1 more than what is too much of both.
    const less = [Math.floor(tooMuch / 2), Math.ceil(tooMuch / 2)];
    pair.forEach((place, side) => {
      const exact = (row[place] ?? 0) / scale;
      const value = values[place] ?? 0;
      const limited = value - Math.sign(value) * (less[side] ?? 0);
      values[place] = limited;
      const more = (limited - exact) ** 2 - (value - exact) ** 2;
      added += more * scale ** 2 * variance(Math.floor(place / area));
    });
  }
  return added;
}

interface Kernel {
  readonly row: Float32Array;
  readonly start: number;
  readonly scale: number;
  /** Where the rounded weights go. */
  readonly values: Int8Array;
  /** As many numbers as the kernel has, to work with. */
  readonly changes: Float64Array;
}

/**
 * Rounds the weights of one input channel to the nearest, then turns roundings over while that lessens the error: neighbours in
 * a picture are alike, so what counts most is the sum of the changes.
 * @returns the mean square error in an output, in steps, for an input of variance 1
 */
function roundKernel({ row, start, scale, values, changes }: Kernel): number {
  const area = changes.length;
  let sum = 0;
  for (let at = 0; at < area; at++) {
    const exact = (row[start + at] ?? 0) / scale;
    const rounded = Math.max(-TOP, Math.min(TOP, Math.round(exact)));
    values[start + at] = rounded;
    changes[at] = rounded - exact;
    sum += rounded - exact;
  }
  if (area === 1) return sum ** 2;
  for (let turns = 0; turns < area; turns++) {
    const step = sum > 0 ? -1 : 1;
    let gain = 0;
    let turned = -1;
    for (let at = 0; at < area; at++) {
      const change = changes[at] ?? 0;
      const value = (values[start + at] ?? 0) + step;
      if (Math.abs(change + step) >= 1 || Math.abs(value) > TOP) continue;
      const alone = (change + step) ** 2 - change ** 2;
      const together = (sum + step) ** 2 - sum ** 2;
      const saved = -((1 - NEIGHBOURS) * alone + NEIGHBOURS * together);
      if (saved > gain) [gain, turned] = [saved, at];
    }
    if (turned < 0) break;
    values[start + turned] = (values[start + turned] ?? 0) + step;
    changes[turned] = (changes[turned] ?? 0) + step;
    sum += step;
  }
  let squares = 0;
  for (const change of changes) squares += change ** 2;
  return (1 - NEIGHBOURS) * squares + NEIGHBOURS * sum ** 2;
}
