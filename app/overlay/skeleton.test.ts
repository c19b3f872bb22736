import assert from 'node:assert/strict';
import test from 'node:test';
import { foundPoints, skeletonOf } from './skeleton.ts';

const LAYOUT = {
  count: 3,
  edges: [
    [0, 1],
    [1, 2],
  ] as [number, number][],
  minScore: 0.5,
};
const FRAME = { content: { x: 10, y: 20, width: 200, height: 100 }, mirrored: false };
const POINTS = [0, 0, 0.9, 0.5, 0.5, 0.6, 1, 1, 0.4];

test('a point that is not found is not drawn, nor any line to it', () => {
  assert.deepEqual(skeletonOf(POINTS, LAYOUT, FRAME), {
    bones: 'M10.0 20.0L110.0 70.0',
    joints: 'M10.0 20.0h0M110.0 70.0h0',
  });
  assert.equal(foundPoints(POINTS, LAYOUT), 2);
});

test('in a mirror left and right are swapped', () => {
  const { joints } = skeletonOf(POINTS, LAYOUT, { ...FRAME, mirrored: true });
  assert.equal(joints, 'M210.0 20.0h0M110.0 70.0h0');
});

test('where no one says how points belong together, there are dots alone', () => {
  const { bones, joints } = skeletonOf(POINTS, undefined, FRAME);
  assert.deepEqual([bones, joints.match(/M/g)?.length], ['', 3]);
  assert.equal(foundPoints(POINTS, undefined), 3);
});
