import assert from 'node:assert/strict';
import test from 'node:test';
import { completeJpeg } from './completeJpeg.ts';

const START = [0xff, 0xd8];
const segment = (marker: number, body: readonly number[]) => [
  0xff,
  marker,
  (body.length + 2) >> 8,
  (body.length + 2) & 0xff,
  ...body,
];
/** A baseline frame of 8x8 pixels that claims `count` components, and lists those of `ids`. */
const frame = (ids: readonly number[], count = ids.length) =>
  segment(0xc0, [8, 0, 8, 0, 8, count, ...ids.flatMap((id) => [id, 0x11, 0])]);
/** A scan with all coefficients of its components, and two bytes of them. */
const scan = (ids: readonly number[]) => [
  ...segment(0xda, [ids.length, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]),
  0x12,
  0x34,
];
const wasOpen = (...parts: readonly (readonly number[])[]) =>
  completeJpeg(Uint8Array.from([...START, ...parts.flat()])).wasOpen;

test('a picture that lacks only its end marker is completed, with one scan or with several', () => {
  assert.equal(wasOpen(frame([1]), scan([1])), true);
  assert.equal(wasOpen(frame([1, 2, 3]), scan([1]), scan([2]), scan([3])), true);
  assert.equal(wasOpen(frame([1, 2, 3]), scan([1]), scan([2])), false, 'a scan is missing');
});

// Each of these would let a file of a few hundred kilobytes take seconds: they repeat, and each time cost hundreds of bytes.
test('a picture that no decoder takes is left as it is', () => {
  const five = [1, 2, 3, 4, 5];
  assert.equal(wasOpen(scan([1]), frame([1]), scan([1])), false, 'a scan before the frame header');
  assert.equal(wasOpen(frame([1]), frame([2]), scan([1]), scan([2])), false, 'two frame headers');
  assert.equal(wasOpen(frame(five), ...five.map((id) => scan([id]))), false, 'five components');
  assert.equal(wasOpen(frame([1]), scan(five)), false, 'a scan of five components');
  assert.equal(wasOpen(frame([1], 2), scan([1]), scan([0])), false, 'more components than it lists');
  assert.equal(wasOpen(frame([]), scan([1])), false, 'no component');
});
