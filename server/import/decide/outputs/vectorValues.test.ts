import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../testing/opHarness.ts';
import { readVector } from './vectorValues.ts';

const SIDES = { width: 224, height: 224 };
const random = seeded(3);
/** Normal numbers. */
const noise = (size: number) =>
  Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
const unit = (row: number[]) => {
  const length = Math.hypot(...row);
  return row.map((value) => value / length);
};
const softmax = (row: number[]) => {
  const powers = row.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};
/** As a trained classifier gives: one or two classes far above the others. */
const logits = (size: number, top: number) =>
  noise(size).map((value, at) => (at === top ? value + 9 : value));

test('what sums to 1 is scores, what has length 1 an embedding', () => {
  assert.equal(
    readVector(
      [3, 8, 5].map((top) => softmax(logits(10, top))),
      10,
      SIDES,
    ),
    'scores',
  );
  assert.equal(
    readVector(
      [0, 1, 2].map(() => unit(noise(512))),
      512,
      SIDES,
    ),
    'embedding',
  );
  // One longer than the others.
  assert.equal(readVector([unit(noise(512)), noise(512)], 512, SIDES), undefined);
});

test('logits have a class that stands out, another one for other pictures', () => {
  const pictures = [282, 504, 1, 744];
  assert.equal(
    readVector(
      pictures.map((top) => logits(1000, top)),
      1000,
      SIDES,
    ),
    'scores',
  );
  assert.equal(
    readVector(
      pictures.map(() => logits(1000, 7)),
      1000,
      SIDES,
    ),
    undefined,
    'always the same',
  );
  assert.equal(
    readVector(
      pictures.map(() => noise(1000)),
      1000,
      SIDES,
    ),
    undefined,
    'nothing stands out',
  );
  // As many as embeddings have, and as few as measures: an output that no one names is asked for.
  assert.equal(
    readVector(
      [1, 2, 3].map((top) => logits(512, top)),
      512,
      SIDES,
    ),
    undefined,
  );
  assert.equal(
    readVector(
      [
        [12, -4, 30],
        [3, 8, -9],
      ],
      3,
      SIDES,
    ),
    undefined,
  );
  assert.equal(readVector([[0.3], [0.9]], 1, SIDES), undefined);
});

test('places in a picture are much the same for all pictures, in pixels or in shares', () => {
  const face = Array.from({ length: 136 }, (_, i) => 0.3 + 0.4 * Math.abs(Math.sin(i)));
  const moved = [0, 0.01, -0.02].map((by) => face.map((value, i) => value + by + 0.01 * Math.sin(i * by)));
  assert.equal(readVector(moved, 136, SIDES), 'coordinates');
  assert.equal(
    readVector(
      moved.map((row) => row.map((value) => value * 224)),
      136,
      SIDES,
    ),
    'coordinates',
  );
  assert.equal(
    readVector(
      moved.map((row) => row.map((value) => value * 900)),
      136,
      SIDES,
    ),
    undefined,
  );
  assert.equal(
    readVector(
      [0, 1].map(() => noise(136).map(Math.abs)),
      136,
      SIDES,
    ),
    undefined,
  );
});
