import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Box } from '../geometry.ts';
import { createLabelTracker } from '../labelTracker.ts';
import { fitPicture } from '../steps.ts';
import { roundBox, toLabel } from '../toLabel.ts';
import { EMPTY_TRACKER, shownTracks, track } from '../tracker.ts';
import { imageClassification } from './imageClassification.ts';
import { objectDetection } from './objectDetection.ts';

/** Anything that a graph may give: boxes outside the picture, of no size or the wrong way round, and no numbers at all. */
const coordinate = fc.oneof(
  fc.double({ min: -2, max: 3 }),
  fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-9, 1e30),
);
const anyBox = fc.tuple(coordinate, coordinate, coordinate, coordinate);
const score = fc.oneof(fc.double({ min: 0, max: 1.000_001, noNaN: true }), fc.constant(Number.NaN));
const detections = fc.array(fc.record({ label: fc.constantFrom('a', 'b'), score, box: anyBox }), {
  maxLength: 8,
});
const side = fc.integer({ min: 1, max: 20_000 });
const fitted = fc.option(
  fc
    .tuple(
      fc.record({ width: side, height: side }),
      fc.record({
        width: fc.constant(300),
        height: side,
        fit: fc.constantFrom('stretch' as const, 'crop' as const, 'letterbox' as const),
      }),
    )
    .map(([picture, input]) => fitPicture(picture, input)),
  { nil: undefined },
);

const isInside = ([x, y, width, height]: Box) =>
  [x, y, width, height].every(Number.isFinite) &&
  x >= 0 &&
  y >= 0 &&
  width > 0 &&
  height > 0 &&
  x + width <= 1 &&
  y + height <= 1;

const seen = (
  answer: readonly { label: string; score: number; box: Box }[],
  fit?: ReturnType<typeof fitPicture>,
) =>
  objectDetection.toPicture(
    { task: 'object-detection', detections: answer },
    { labels: ['a', 'b'], fitted: fit, maxLabels: 300 },
  ).detections;

test('whatever a graph gives, each label lies within 0..1 of the picture and is not empty', () => {
  fc.assert(
    fc.property(detections, fitted, (answer, fit) => {
      for (const { box, score: found, label } of seen(answer, fit)) {
        assert.ok(found >= 0 && found <= 1);
        const sent = toLabel({ id: 1, label, score: found, box: box ?? [0, 0, 0, 0] }).box;
        assert.ok(sent && isInside([sent[0], sent[1], sent[2], sent[3]]), `${box} became ${sent}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what is followed from frame to frame lies within 0..1 too, through jumps, gaps and noise', () => {
  const frames = fc.array(fc.tuple(detections, fc.integer({ min: 1, max: 2_000 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(frames, (all) => {
      let state = EMPTY_TRACKER;
      let nowMs = 0;
      for (const [answer, afterMs] of all) {
        nowMs += afterMs;
        const boxes = seen(answer).map(({ box, ...rest }) => ({
          ...rest,
          box: box ?? ([0, 0, 0, 0] as const),
        }));
        state = track(state, boxes, nowMs, { minScore: 0.2 });
        for (const { box } of shownTracks(state)) {
          assert.ok(isInside(roundBox(box)), `${box} is outside`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a box that lies within the picture is left as it is, and keeps its place in the order', () => {
  const answer = [
    { label: 'a', score: 0.9, box: [0.1, 0.2, 0.4, 0.4] as const },
    { label: 'b', score: 0.8, box: [-0.5, 0, 0.4, 1] as const },
    { label: 'a', score: 0.7, box: [-0.1, 0.5, 0.3, 0.8] as const },
  ];
  const [first, second, ...none] = seen(answer);
  assert.deepEqual(
    first?.box?.map((value) => Number(value.toFixed(12))),
    [0.1, 0.2, 0.4, 0.4],
  );
  assert.deepEqual(
    second?.box?.map((value) => Number(value.toFixed(12))),
    [0, 0.5, 0.2, 0.5],
  );
  assert.deepEqual(none, []);
});

test('a box that ends at the edge still does when it is rounded', () => {
  assert.deepEqual(roundBox([0.33335, 0.5, 0.66665, 0.5]), [0.3334, 0.5, 0.6666, 0.5]);
});

test('a letterboxed detector that reaches into the grey: the box ends where the picture does', () => {
  const fit = fitPicture({ width: 600, height: 200 }, { width: 300, height: 300, fit: 'letterbox' });
  const [label] = seen([{ label: 'a', score: 0.9, box: [0.1, 0.2, 0.4, 0.4] }], fit);
  // A third of the input is picture, from 1/3 on: the box goes from above it to 0.8 of it.
  assert.deepEqual(
    label?.box?.map((value) => Number(value.toFixed(9))),
    [0.1, 0, 0.4, 0.8],
  );
});

test('at most maxLabels labels, the best of them', () => {
  const scores = Float32Array.from({ length: 30 }, (_, i) => ((i * 7) % 30) / 30);
  scores[3] = Number.NaN;
  const labels = Array.from(scores, (_, i) => `label ${i}`);
  const options = { labels, fitted: undefined, maxLabels: 10 };
  const { names } = imageClassification.toPicture({ task: 'image-classification', scores }, options);
  assert.equal(names.length, 10);
  const sorted = names.map((name) => name.score).sort((a, b) => b - a);
  assert.deepEqual(
    names.map((name) => name.score),
    sorted,
  );
  assert.ok((sorted[9] ?? 0) >= 0.6);
});

test('a stream shows three names that exclude each other, ten that do not, or as many as the manifest says', () => {
  const names = Array.from({ length: 30 }, (_, i) => ({ label: `label ${i}`, score: 0.9 - i / 100 }));
  const shown = (model: { multiLabel?: boolean; maxLabels?: number }) => {
    const tracker = createLabelTracker({ manifest: { task: 'image-classification', ...model } }, 0.5, {
      next: 1,
    });
    const frame = { arrival: 0, capturedAtMs: 1, arrivedAtMs: 1 };
    return tracker.update(frame, { task: 'image-classification', names })?.length;
  };
  assert.equal(shown({}), 3);
  assert.equal(shown({ multiLabel: true }), 10);
  assert.equal(shown({ multiLabel: true, maxLabels: 25 }), 25);
  assert.equal(shown({ maxLabels: 1 }), 1);
});
