import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { parseServerMessage } from '../../protocol/messages.ts';
import { PointsLayout } from '../../protocol/points.ts';
import { compareWithGolden, recordGolden } from '../golden.ts';
import { createLabelTracker } from '../labelTracker.ts';
import { toLabel } from '../toLabel.ts';
import { keypointDetection as task } from './keypointDetection.ts';
import type { Outputs } from './task.ts';

/** Two people with three points each. */
const OUTPUTS = {
  boxes: [
    [0.1, 0.2, 0.4, 0.6],
    [0.5, 0.5, 0.25, 0.25],
  ],
  scores: [0.9, 0.6],
  points: [
    [0.2, 0.3, 0.9, 0.3, 0.4, 0.8, 0.1, 1.2, 0.7],
    [0.5, 0.5, 0.1, 0.6, 0.6, 0.5, 0.7, 0.7, 0.4],
  ],
};

function outputsOf({ boxes, scores, points }: typeof OUTPUTS): Outputs {
  const float = (data: readonly number[], dims: readonly number[]) => ({
    type: 'float32',
    data: Float32Array.from(data),
    dims,
  });
  return {
    boxes: float(boxes.flat(), [scores.length, 4]),
    scores: float(scores, [scores.length]),
    classes: { type: 'int32', data: new Int32Array(scores.length), dims: [scores.length] },
    points: float(points.flat(), [scores.length, 3, 3]),
  };
}

const run = (outputs: typeof OUTPUTS) =>
  task.run({
    picture: { type: 'uint8', data: new Uint8Array(3), dims: [1, 1, 1, 3] },
    inputName: 'image',
    labels: ['person'],
    runGraph: async () => outputsOf(outputs),
  });

const near = (found: readonly number[], expected: readonly number[]) => {
  assert.equal(found.length, expected.length);
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs((found[at] ?? 9) - value) < 1e-6, `${found}`);
};

test('each thing has its points, in 0..1 of the picture; one that lies outside is not seen', async () => {
  const answer = await run(OUTPUTS);
  // The model saw the right half of the picture, in the lower half of its input.
  const fitted = { part: [0.5, 0, 0.5, 1], inputRect: [0, 0.5, 1, 0.5] } as const;
  const { poses } = task.toPicture(answer, { labels: ['person'], fitted, maxLabels: 10 });
  near(poses[1]?.points ?? [], [0.75, 0, 0.1, 0.8, 0.2, 0.5, 0.85, 0.4, 0.4]);
  near(poses[0]?.points ?? [], [0.6, 0, 0, 0.65, 0, 0, 0.55, 1, 0]);
  const whole = task.toPicture(answer, { labels: ['person'], fitted: undefined, maxLabels: 1 });
  assert.equal(whole.poses.length, 1);
  near(whole.poses[0]?.points ?? [], [0.2, 0.3, 0.9, 0.3, 0.4, 0.8, 0.1, 1, 0]);
});

test('a picture without things has no points, and a graph whose points do not fit its boxes is an error', async () => {
  assert.deepEqual((await run({ boxes: [], scores: [], points: [] })).poses, []);
  await assert.rejects(run({ ...OUTPUTS, points: [[1, 2, 3, 4]] }), /4 numbers of points for 2 detections/);
  const many = Array.from({ length: 2 }, () => Array.from({ length: 3 * 601 }, () => 0.5));
  await assert.rejects(run({ ...OUTPUTS, points: many }), /at most 600 points/);
});

test('whatever a graph gives, points on the wire lie in the picture', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 4 }), (points) => {
      const pose = { label: 'person', score: 0.8, box: [0.1, 0.1, 0.5, 0.5] as const, points: points.flat() };
      const answer = { task: 'keypoint-detection', poses: [pose] } as const;
      const fitted = { part: [0, 0.1, 1, 0.8], inputRect: [0.1, 0, 0.8, 1] } as const;
      const placed = task.toPicture(answer, { labels: [], fitted, maxLabels: 9 });
      const label = toLabel({ id: 1, ...pose, points: placed.poses[0]?.points ?? [] });
      assert.equal(label.points?.length, points.length * 3);
      assert.ok(label.points?.every((value) => value >= 0 && value <= 1));
    }),
  );
});

test('a golden holds points to a part of their box', async () => {
  const answer = await run(OUTPUTS);
  const golden = recordGolden(answer, { recordedBy: 'a test', minScore: 0.3 });
  assert.deepEqual(compareWithGolden(golden, answer).differences, []);
  const moved = (by: number, of: number) => ({
    ...answer,
    poses: answer.poses.map((pose, at) =>
      at === of ? { ...pose, points: pose.points.map((value, i) => (i === 3 ? value + by : value)) } : pose,
    ),
  });
  // Of 0.49, the square root of its box, one of three points is away by 4 and 20 %.
  assert.deepEqual(compareWithGolden(golden, moved(0.02, 0)).differences, []);
  assert.equal(compareWithGolden(golden, moved(0.1, 0)).differences.length, 2);
  // The same way is farther for a small thing.
  assert.equal(compareWithGolden(golden, moved(0.1, 1)).differences.length, 2);
  assert.equal(compareWithGolden(golden, moved(Number.NaN, 0)).differences.length, 2);
  const faded = {
    ...answer,
    poses: answer.poses.map((p) => ({ ...p, points: p.points.map((v) => v * 0.9) })),
  };
  assert.ok(compareWithGolden(golden, faded).differences.length > 0);
  const boxes = { task: 'object-detection', detections: answer.poses } as const;
  assert.equal(compareWithGolden(golden, boxes).largest, Number.POSITIVE_INFINITY);
});

test('points stay steady, follow what moves, and are not drawn from where they were lost', () => {
  const model = { manifest: { task: 'keypoint-detection' } } as const;
  const tracker = createLabelTracker(model, 0.5, { next: 1 });
  const box = [0.2, 0.2, 0.4, 0.6] as const;
  const frame = (arrival: number, points: number[]) => {
    const times = { arrival, capturedAtMs: 50 * arrival, arrivedAtMs: 50 * arrival };
    const pose = { label: 'person', score: 0.8, box, points };
    const shown = tracker.update(times, { task: 'keypoint-detection', poses: [pose] });
    return shown?.[0]?.points ?? [];
  };
  near(frame(1, [0.3, 0.3, 0.9, 0.5, 0.5, 0.1]), [0.3, 0.3, 0.9, 0.5, 0.5, 0.1]);
  // Noise of a hundredth.
  let spread = 0;
  for (let at = 2; at < 20; at++) {
    const [x = 0] = frame(at, [0.3 + (at % 2 ? 0.01 : -0.01), 0.3, 0.9, 0.5, 0.5, 0.1]);
    spread = Math.max(spread, Math.abs(x - 0.3));
  }
  assert.ok(spread < 0.005, `${spread}`);
  // A wave: the point goes half the picture in half a second, and is never far behind.
  for (let at = 20; at <= 30; at++) {
    const [x = 0] = frame(at, [0.3 + 0.05 * (at - 20), 0.3, 0.9, 0.5, 0.5, 0.1]);
    assert.ok(Math.abs(x - 0.3 - 0.05 * (at - 20)) < 0.06, `${at}: ${x}`);
  }
  // Found again elsewhere: at once there, its score on the way.
  const found = frame(31, [0.8, 0.3, 0.9, 0.9, 0.1, 0.9]);
  near(found.slice(3), [0.9, 0.1, 0.5]);
});

test('clients learn what the points are; a manifest whose layout does not fit its points is refused', () => {
  const model = {
    ...{ id: 'pose', version: '1', name: 'Pose', task: 'keypoint-detection', labels: ['person'] },
    input: { width: 64, height: 64, fit: 'letterbox' },
    minScore: { floor: 0.1, default: 0.5 },
  } as const;
  const points = { count: 2, names: ['nose', 'left_eye'], edges: [[0, 1]], minScore: 0.3 };
  const text = JSON.stringify({ type: 'model', model: { ...model, points }, also: [], minScore: 0.5 });
  const message = parseServerMessage(text);
  assert.deepEqual(message.type === 'model' && message.model.points, points);
  const isLayout = (layout: unknown): boolean => v.safeParse(PointsLayout, layout).success;
  assert.ok(isLayout(points));
  assert.ok(!isLayout({ ...points, edges: [[0, 2]] }));
  assert.ok(!isLayout({ ...points, names: ['nose'] }));
});
