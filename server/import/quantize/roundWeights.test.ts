import assert from 'node:assert/strict';
import test from 'node:test';
import { seeded } from '../testing/opHarness.ts';
import { chooseRange, rangeBetween } from './chooseRange.ts';
import { roundWeights } from './roundWeights.ts';
import { addToHistogram, addToStatistics, emptyHistogram } from './valueStatistics.ts';

const random = seeded(9);
const numbers = (count: number, scale = 1) =>
  Float32Array.from({ length: count }, () => (random() * 2 - 1) * scale);

for (const dims of [
  [4, 64, 1, 1],
  [4, 6, 3, 3],
  [4, 3, 3, 3],
] as const) {
  test(`a sum of two products fits 16 bits at 7 bits, weights of ${dims.join('x')}`, () => {
    const [outputs, inputs, height, width] = dims;
    const each = inputs * height * width;
    const layer = { dims, groups: 1, isDepthwise: false };
    // Near zero most often, as trained weights are.
    const weights = numbers(outputs * each).map((weight) => weight ** 3);
    const { values, scales } = roundWeights(layer, { weights, bias: numbers(outputs) }, undefined, 7);
    for (let to = 0; to < outputs; to++) {
      const row = values.subarray(to * each, (to + 1) * each);
      // As the processor reads them: all channels of a place, then the next place.
      const inOrder = Array.from({ length: each }, (_, at) => {
        return row[(at % inputs) * height * width + Math.floor(at / inputs)] ?? 0;
      });
      for (let at = 0; at + 1 < each; at += 2) {
        const pair = inOrder.slice(at, at + 2);
        for (const sign of [1, -1]) {
          const largest = pair.reduce((sum, weight) => sum + 255 * Math.max(0, sign * weight), 0);
          assert.ok(largest < 2 ** 15, `${pair}`);
        }
      }
    }
    const errorOf = (rounded: (at: number) => number) =>
      weights.reduce((sum, weight, at) => sum + (rounded(at) - weight) ** 2, 0);
    const found = errorOf((at) => (values[at] ?? 0) * (scales[Math.floor(at / each)] ?? 0));
    const plain = errorOf((at) => {
      const from = Math.floor(at / each) * each;
      const scale = Math.max(...weights.subarray(from, from + each).map(Math.abs)) / 63;
      return Math.round((weights[at] ?? 0) / scale) * scale;
    });
    assert.ok(found < plain * 0.7, `${found} of ${plain} with 7 bits for each weight`);
  });
}

test('depthwise weights have 8 bits everywhere', () => {
  const layer = { dims: [4, 1, 3, 3] as const, groups: 4, isDepthwise: true };
  const { values } = roundWeights(layer, { weights: numbers(36), bias: numbers(4) }, undefined, 7);
  assert.ok(Math.max(...values.map(Math.abs)) > 100);
});

test('each output has a scale of its own', () => {
  const weights = Float32Array.from([...numbers(9), ...numbers(9, 0.001)]);
  const layer = { dims: [2, 1, 3, 3] as const, groups: 2, isDepthwise: true };
  const { values, scales } = roundWeights(layer, { weights, bias: new Float32Array(2) }, undefined, 8);
  const worst = [0, 1].map((channel) => {
    const rows = [...weights.slice(channel * 9, channel * 9 + 9).entries()];
    const scale = scales[channel] ?? 0;
    return Math.max(
      ...rows.map(([at, weight]) => Math.abs((values[channel * 9 + at] ?? 0) * scale - weight) / scale),
    );
  });
  // One step at most, of the channel's own scale.
  assert.ok(
    worst.every((error) => error <= 1.01),
    `${worst}`,
  );
  assert.ok((scales[0] ?? 0) > 300 * (scales[1] ?? 0));
});

test('roundings of a depthwise kernel cancel each other out', () => {
  const layer = { dims: [64, 1, 3, 3] as const, groups: 64, isDepthwise: true };
  const weights = numbers(64 * 9);
  const { values, scales } = roundWeights(layer, { weights, bias: new Float32Array(64) }, undefined, 7);
  const sums = Array.from({ length: 64 }, (_, channel) => {
    let sum = 0;
    for (let at = channel * 9; at < channel * 9 + 9; at++) {
      sum += (values[at] ?? 0) - (weights[at] ?? 0) / (scales[channel] ?? 1);
    }
    return Math.abs(sum);
  });
  // Of nine numbers that are rounded to the nearest, the errors add up to 0.87 steps in the root mean square.
  const mean = Math.sqrt(sums.reduce((sum, one) => sum + one ** 2, 0) / sums.length);
  assert.ok(mean < 0.4, `${mean}`);
});

test('the bias takes what rounding changes on average', () => {
  const layer = { dims: [1, 2, 1, 1] as const, groups: 1, isDepthwise: false };
  const weights = Float32Array.of(1, 0.0123);
  const moments = { mean: Float64Array.of(10, 500), variance: Float64Array.of(1, 1) };
  const { values, scales, bias } = roundWeights(layer, { weights, bias: Float32Array.of(3) }, moments, 7);
  const answer = (a: number, b: number) =>
    (values[0] ?? 0) * (scales[0] ?? 0) * a + (values[1] ?? 0) * (scales[0] ?? 0) * b + (bias[0] ?? 0);
  assert.ok(Math.abs(answer(10, 500) - (10 + 0.0123 * 500 + 3)) < 1e-4);
});

test('zero is one of the numbers of every range, and limits are kept', () => {
  for (const [low, high] of [
    [0, 6],
    [-1, 3],
    [2, 5],
    [-7, -2],
    [0, 0],
  ] as const) {
    const { scale, zeroPoint } = rangeBetween(low, high);
    assert.ok(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255);
    assert.ok(
      (255 - zeroPoint) * scale >= Math.max(0, high) - scale &&
        -zeroPoint * scale <= Math.min(0, low) + scale,
    );
  }
  assert.deepEqual(rangeBetween(0, 6), { scale: Math.fround(6 / 255), zeroPoint: 0 });
});

test('one number far out does not widen the range of the others', () => {
  const data = numbers(400_000);
  data[5] = 20;
  const { min, max } = addToStatistics(undefined, data, [1, 1, 800, 500]);
  const histogram = emptyHistogram(min[0] ?? 0, max[0] ?? 0);
  addToHistogram(histogram, data, [1, 1, 800, 500]);
  const { scale } = chooseRange(histogram);
  // Of -1 to 20; the square of what is cut off counts, too.
  assert.ok(scale * 255 < 18, `${scale * 255}`);
});
