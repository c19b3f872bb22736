import assert from 'node:assert/strict';
import test from 'node:test';
import { numberToHalf } from './half.ts';

/** The same without a look at bits. */
function byArithmetic(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const steps = size / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const isUp = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  // Steps of 1024 and more carry into the exponent's bits by themselves; below 2 ** -14 there are none.
  return sign | (((exponent + 14) << 10) + below + (isUp ? 1 : 0));
}

test('a float32 becomes the nearest float16, halfway to even, also below its smallest normal number', () => {
  const halfway = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25, 2047.5, 65_519, 65_520];
  const steps = Array.from({ length: 2_000 }, (_, at) => (1 + (at % 97) / 97) * 2 ** (-27 + (at % 44)));
  for (const value of [0, 2 ** -14, 2 ** -24, 2 ** -30, 65_504, 1e9, Number.NaN, ...halfway, ...steps]) {
    for (const signed of [value, -value].map(Math.fround)) {
      assert.equal(numberToHalf(signed), byArithmetic(signed), String(signed));
    }
  }
});
