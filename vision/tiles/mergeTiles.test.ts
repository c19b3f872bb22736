import assert from 'node:assert/strict';
import test from 'node:test';
import type { Box } from '../geometry.ts';
import { mergeTiles, type View } from './mergeTiles.ts';

const whole = (detections: View['detections'], isMirrored = false): View => ({
  part: [0, 0, 1, 1],
  isMirrored,
  detections,
});
const left = (detections: View['detections']): View => ({
  part: [0, 0, 0.6, 1],
  isMirrored: false,
  detections,
});
const right = (detections: View['detections']): View => ({
  part: [0.4, 0, 0.6, 1],
  isMirrored: false,
  detections,
});
const cat = (box: Box, score: number) => ({ label: 'cat', score, box });
const dog = (box: Box, score: number) => ({ label: 'dog', score, box });

test('one thing in several views is one box between theirs, nearer to the surer one', () => {
  const [thing, ...others] = mergeTiles([
    whole([cat([0.1, 0.2, 0.2, 0.3], 0.9)]),
    left([cat([0.12, 0.2, 0.2, 0.3], 0.3)]),
  ]);
  assert.deepEqual(others, []);
  const [x = 0] = thing?.box ?? [];
  assert.ok(x > 0.1 && x < 0.103, String(x));
});

test('what all views find as surely keeps its score, and what a view misses loses some', () => {
  const box: Box = [0.1, 0.2, 0.3, 0.4];
  const score = (views: View[]) => mergeTiles(views)[0]?.score ?? 0;
  assert.ok(Math.abs(score([whole([cat(box, 0.8)]), left([cat(box, 0.8)])]) - 0.8) < 1e-9);
  assert.ok(score([whole([]), left([cat(box, 0.8)])]) < 0.6);
});

test('a view that is too coarse for a thing has nearly no say in it, one that does not show it none', () => {
  const small: Box = [0.1, 0.2, 0.01, 0.01];
  const [thing] = mergeTiles([whole([]), left([cat(small, 0.8)]), right([])]);
  assert.ok((thing?.score ?? 0) > 0.75, String(thing?.score));
  const [other] = mergeTiles([left([cat(small, 0.8)]), right([])]);
  assert.ok(Math.abs((other?.score ?? 0) - 0.8) < 1e-9);
});

test('what the edge of a tile cuts off is left out; at the edge of the picture nothing is', () => {
  const atTile = cat([0.5, 0.3, 0.1, 0.2], 0.9);
  const atPicture = cat([0, 0.3, 0.1, 0.2], 0.9);
  assert.deepEqual(
    mergeTiles([whole([]), left([atTile, atPicture])]).map(({ box }) => box),
    [atPicture.box],
  );
  assert.equal(mergeTiles([whole([]), right([cat([0.4, 0.3, 0.1, 0.2], 0.9)])]).length, 0);
  assert.equal(mergeTiles([whole([]), right([cat([0.9, 0.3, 0.1, 0.2], 0.9)])]).length, 1);
});

test('a part of a thing of the same name is doubted, one of another name is not', () => {
  const head: Box = [0.2, 0.2, 0.1, 0.1];
  const body = cat([0.1, 0.1, 0.3, 0.6], 0.9);
  const scoreOfHead = (label: string) =>
    mergeTiles([whole([body]), left([body, { label, score: 0.6, box: head }])]).find(
      ({ box }) => box === head,
    )?.score ?? 0;
  assert.ok(scoreOfHead('cat') > 0);
  assert.ok(Math.abs(scoreOfHead('cat') * 2 - scoreOfHead('face')) < 1e-9);
});

test('of two boxes of one name that overlap by more than half one stays', () => {
  const merged = mergeTiles([whole([cat([0.1, 0.1, 0.3, 0.3], 0.9), cat([0.1, 0.1, 0.3, 0.19], 0.8)])]);
  assert.equal(merged.length, 1);
});

test('a name that the mirrored view alone gives a thing, and others call otherwise, is doubted', () => {
  const box: Box = [0.1, 0.2, 0.3, 0.4];
  const score = (views: View[]) => mergeTiles(views).find(({ label }) => label === 'dog')?.score ?? 0;
  const alone = score([whole([]), whole([dog(box, 0.9)], true)]);
  const contradicted = score([whole([cat(box, 0.6)]), whole([dog(box, 0.9)], true)]);
  assert.ok(Math.abs(contradicted * 2 - alone) < 1e-9);
  assert.ok(Math.abs(score([whole([dog(box, 0.9)]), whole([cat(box, 0.9)], true)]) - alone) < 1e-9);
});

test('nothing depends on the order of views or boxes, and scores stay within 0..1, best first', () => {
  const views = [
    whole([cat([0.1, 0.2, 0.3, 0.4], 0.9), dog([0.6, 0.2, 0.3, 0.4], 0.5)]),
    left([cat([0.11, 0.2, 0.3, 0.4], 1)]),
    right([dog([0.61, 0.2, 0.3, 0.4], 0.7), cat([0.7, 0.7, 0.05, 0.05], 0)]),
  ];
  const merged = mergeTiles(views);
  assert.deepEqual(mergeTiles(views.toReversed()), merged);
  assert.deepEqual(
    merged.map(({ score }) => score),
    merged.map(({ score }) => score).toSorted((a, b) => b - a),
  );
  for (const { score } of merged) assert.ok(score >= 0 && score <= 1);
  assert.deepEqual(mergeTiles([]), []);
});

test('of more boxes than a frame can wait for the best are merged', () => {
  const boxAt = (index: number): Box => [(index % 32) / 32, Math.floor(index / 32) / 32, 0.02, 0.02];
  const boxes = Array.from({ length: 1_000 }, (_, index) => cat(boxAt(index), 0.2 + index / 2_000));
  const merged = mergeTiles([whole(boxes)]);
  assert.equal(merged.length, 600);
  assert.deepEqual(merged[0]?.box, boxAt(999));
  assert.deepEqual(merged.at(-1)?.box, boxAt(400));
});
