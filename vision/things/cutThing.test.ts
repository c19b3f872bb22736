import assert from 'node:assert/strict';
import test from 'node:test';
import { cutThings } from './cutThing.ts';
import { THING_SIDE_PX } from './thingSide.ts';

test('each part becomes a square of its own, one after the other', () => {
  const [width, height] = [200, 100];
  // The left half is red, the right one is blue.
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) data[at * 3 + (at % width < width / 2 ? 0 : 2)] = 255;
  const cut = cutThings({ data, width, height }, [
    [0, 0, 0.5, 1],
    [0.6, 0.5, 0.4, 0.5],
    [0, 0, 1, 1],
    // Thinner than a pixel.
    [0.999, 0.999, 0.0003, 0.0003],
  ]);
  const bytes = THING_SIDE_PX ** 2 * 3;
  assert.equal(cut.length, 4 * bytes);
  const colours = (thing: number, ...columns: number[]) =>
    columns.map((x) => {
      const at = thing * bytes + (80 * THING_SIDE_PX + x) * 3;
      return [...cut.subarray(at, at + 3)];
    });
  assert.deepEqual(colours(0, 0, 159), [
    [255, 0, 0],
    [255, 0, 0],
  ]);
  assert.deepEqual(colours(1, 0, 159), [
    [0, 0, 255],
    [0, 0, 255],
  ]);
  assert.deepEqual(colours(2, 0, 78, 81, 159), [
    [255, 0, 0],
    [255, 0, 0],
    [0, 0, 255],
    [0, 0, 255],
  ]);
  assert.deepEqual(colours(3, 80), [[0, 0, 255]]);
});
