import assert from 'node:assert/strict';
import test from 'node:test';
import { countPixels, iouOf, meanIou, noPixels, UNLABELLED } from './meanIou.ts';

const counted = (classes: number, ...pictures: readonly (readonly [number[], number[]])[]) => {
  const counts = noPixels(classes);
  for (const [truth, found] of pictures) countPixels(counts, Int16Array.from(truth), Int16Array.from(found));
  return counts;
};

test('pixels of all pictures are counted together, not picture by picture', () => {
  const counts = counted(
    2,
    [
      [0, 0, 0, 1],
      [0, 0, 0, 1],
    ],
    [
      [0, 1, 1, 1],
      [0, 0, 0, 1],
    ],
  );
  // Class 0: 4 shared, 4 there, 6 found. Class 1: 2 shared, 4 there, 2 found.
  assert.deepEqual(counts.map(iouOf), [4 / 6, 2 / 4]);
  assert.equal(meanIou(counts), (4 / 6 + 2 / 4) / 2);
});

test('pixels that no one has labelled are neither right nor wrong', () => {
  assert.equal(
    meanIou(
      counted(2, [
        [0, UNLABELLED, UNLABELLED],
        [0, 0, 1],
      ]),
    ),
    1,
  );
});

test('a pixel of no class that is known is missed, and wrong for no other', () => {
  assert.deepEqual(
    counted(2, [
      [0, 0, 1, 1],
      [0, -1, 1, 7],
    ]).map(iouOf),
    [0.5, 0.5],
  );
});

test('classes that are not there do not count, though what is found of them is wrong where it lies', () => {
  const counts = counted(3, [
    [0, 0, 0, 0],
    [0, 0, 2, 2],
  ]);
  assert.equal(meanIou(counts), 0.5);
  assert.ok(Number.isNaN(iouOf(counts[1] ?? { truth: 1, found: 1, shared: 1 })));
  assert.ok(Number.isNaN(meanIou(noPixels(3))));
});
