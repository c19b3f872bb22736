import assert from 'node:assert/strict';
import test from 'node:test';
import type { Box } from '../geometry.ts';
import { MAX_DETECTED, MIN_REGION_SCORE, planRegions } from './planRegions.ts';

// Halves and quarters, which are added without rounding.
const BOX: Box = [0.25, 0.125, 0.25, 0.5];
const sources = (...of: Parameters<typeof planRegions>) => planRegions(...of).map(({ source }) => source);

test('what was detected comes first, then the square in the middle, and all of the picture last', () => {
  assert.deepEqual(planRegions({ width: 480, height: 240 }, [{ box: BOX, score: 0.4 }]), [
    { box: BOX, source: 'detected', score: 0.4 },
    { box: [0.35, 0.2, 0.3, 0.6], source: 'middle', score: 1 },
    { box: [0, 0, 1, 1], source: 'whole', score: 1 },
  ]);
  const many = Array.from({ length: MAX_DETECTED + 3 }, (_, at) => ({ box: BOX, score: 0.9 - at / 100 }));
  const planned = planRegions({ width: 300, height: 300 }, many);
  assert.deepEqual(
    planned.map(({ score }) => score),
    [...many.slice(0, MAX_DETECTED).map(({ score }) => score), 1, 1],
  );
});

test('a box that is unsure, no number or outside the picture is no region; one at its edge is what is visible', () => {
  const size = { width: 300, height: 300 };
  const box = (score: number, of: Box = BOX) => [{ box: of, score }];
  assert.deepEqual(sources(size, box(MIN_REGION_SCORE)), ['detected', 'middle', 'whole']);
  for (const detected of [
    box(MIN_REGION_SCORE - 0.01),
    box(Number.NaN),
    box(0.9, [0.1, 0.1, Number.NaN, 0.1]),
    box(0.9, [1.1, 0.1, 0.2, 0.2]),
  ]) {
    assert.deepEqual(sources(size, detected), ['middle', 'whole']);
  }
  assert.deepEqual(planRegions(size, box(0.9, [-0.5, 0.5, 1, 1]))[0]?.box, [0, 0.5, 0.5, 0.5]);
});

test('a picture of at most 160 pixels is a thing that was cut out: only its whole', () => {
  assert.deepEqual(sources({ width: 160, height: 160 }, [{ box: BOX, score: 0.9 }]), ['whole']);
  assert.deepEqual(sources({ width: 161, height: 90 }, []), ['middle', 'whole']);
});
