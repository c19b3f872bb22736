import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithGolden, isOutsideReference } from './golden.ts';

const recordedBy = 'a test';
const scores = (recorded: readonly number[], found: readonly number[]) =>
  compareWithGolden(
    { recordedBy, scores: [...recorded] },
    { task: 'image-classification', scores: Float32Array.from(found) },
  );

type Seen = [label: string, score: number];
const BOX: [number, number, number, number] = [0.1, 0.1, 0.5, 0.5];
const detectionsOf = (seen: readonly Seen[]) => seen.map(([label, score]) => ({ label, score, box: BOX }));
const detections = (recorded: readonly Seen[], found: readonly Seen[]) =>
  compareWithGolden(
    { recordedBy, minScore: 0.5, detections: detectionsOf(recorded) },
    { task: 'object-detection', detections: detectionsOf(found) },
  );

test('labels recorded as good as equal may change places at the top', () => {
  const near = scores([0.3, 0.31, 0.1], [0.306, 0.304, 0.1]);
  assert.deepEqual([near.sameTop, near.differences], [true, []]);
  assert.equal(scores([0.3, 0.33, 0.1], [0.32, 0.31, 0.1]).sameTop, false);
  assert.equal(scores([0.3, 0.31, 0.1], [0.3, 0.3, 0.9]).sameTop, false);
  assert.equal(scores([0.3, 0.31], [Number.NaN, 0.31]).sameTop, false);

  const swapped = detections(
    [
      ['cat', 0.9],
      ['dog', 0.89],
    ],
    [
      ['cat', 0.894],
      ['dog', 0.896],
    ],
  );
  assert.deepEqual([swapped.sameTop, swapped.differences], [true, []]);
});

test('a golden may allow more than others', () => {
  const tolerance = { score: 0.1, iou: 0.85, embedding: 0.99 };
  const [recorded, found] = [[0.6, 0.4], Float32Array.of(0.52, 0.48)];
  const answer = { task: 'image-classification', scores: found } as const;
  assert.equal(compareWithGolden({ recordedBy, scores: recorded }, answer).differences.length, 1);
  assert.deepEqual(compareWithGolden({ recordedBy, scores: recorded, tolerance }, answer).differences, []);
  const boxes = { task: 'object-detection', detections: detectionsOf([['cat', 0.83]]) } as const;
  const golden = { recordedBy, minScore: 0.5, detections: detectionsOf([['cat', 0.9]]) };
  assert.equal(compareWithGolden(golden, boxes).differences.length, 2);
  assert.deepEqual(compareWithGolden({ ...golden, tolerance }, boxes).differences, []);
});

test('another label at the top is another answer; where none was recorded, there is none to miss', () => {
  const cat: Seen = ['cat', 0.9];
  assert.equal(detections([cat, ['dog', 0.8]], [['dog', 0.91], cat]).sameTop, false);
  assert.equal(detections([cat], [['fox', 0.91], cat]).sameTop, false);
  assert.equal(detections([cat], []).sameTop, false);
  assert.equal(detections([], []).sameTop, true);
});

test('only what another runtime recorded is a reference', () => {
  for (const outside of ['tfjs-wasm 4.22.0', 'torch 2.6.0', 'onnxruntime 1.20.1']) {
    assert.equal(isOutsideReference(outside), true, outside);
  }
  for (const own of ['onnxruntime-node 1.30.0', 'onnxruntime-web 1.30.0', undefined]) {
    assert.equal(isOutsideReference(own), false, own);
  }
});
