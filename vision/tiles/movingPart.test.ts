import assert from 'node:assert/strict';
import test from 'node:test';
import { type Box, WHOLE } from '../geometry.ts';
import { createLabelTracker } from '../labelTracker.ts';
import type { PictureAnswer } from '../tasks/taskOf.ts';
import { movingPart } from './movingPart.ts';

const CAMERA = { width: 1_280, height: 720 };
const INPUT = { width: 300, height: 300, fit: 'stretch' } as const;
const holds = ([x, y, width, height]: Box, [left, top, wide, high]: Box) =>
  left >= x - 1e-9 && top >= y - 1e-9 && left + wide <= x + width + 1e-9 && top + high <= y + height + 1e-9;

test('the part shows all that moves, with something around it, within the picture', () => {
  for (const moved of [
    [0.5, 0.5, 0.04, 0.1],
    [0, 0.9, 0.03, 0.1],
    [0.3, 0.2, 0.4, 0.1],
  ] as const) {
    const part = movingPart(moved, CAMERA, INPUT);
    assert.ok(part && holds(part, moved) && holds(WHOLE, part), `${part}`);
    assert.ok(part[2] > 1.2 * Math.max(moved[2], moved[3]) && part[2] < 0.6, `${part}`);
  }
});

test('there is none where much moves, or the picture has no more pixels than the model sees', () => {
  assert.equal(movingPart(WHOLE, CAMERA, INPUT), undefined);
  assert.equal(movingPart([0, 0, 0.1, 0.8], CAMERA, INPUT), undefined);
  assert.equal(movingPart([0.5, 0.5, 0.05, 0.05], { width: 200, height: 150 }, INPUT), undefined);
});

test('of an input with something around the picture the part is where the thing is', () => {
  // The picture lies in the middle of the input: from 0.21875 to 0.78125 of its height.
  const part = movingPart([0.45, 0.65, 0.1, 0.1], CAMERA, { ...INPUT, fit: 'letterbox' });
  assert.ok(part && holds(part, [0.45, 0.767, 0.1, 0.177]), `${part}`);
});

const WALKER: Box = [0, 0.4, 0.04, 0.1];

/** What is shown of a thing that walks, in frames of the whole and of the part around it in turn. */
function walk({
  stepMs,
  perSecond,
  isSeenInWhole,
}: Record<'stepMs' | 'perSecond', number> & { isSeenInWhole: boolean }) {
  const tracker = createLabelTracker({ manifest: { task: 'object-detection' } }, 0.5, { next: 1 });
  const shown = [];
  for (let frame = 0; frame < 20; frame += 1) {
    const atMs = frame * stepMs;
    const x = 0.2 + (perSecond * atMs) / 1_000;
    const moved: Box = [x - (perSecond * stepMs) / 1_000, 0.4, WALKER[2] + (perSecond * stepMs) / 1_000, 0.1];
    const part = frame % 2 === 0 ? undefined : movingPart(moved, CAMERA, INPUT);
    const box: Box = part
      ? [(x - part[0]) / part[2], (0.4 - part[1]) / part[3], WALKER[2] / part[2], WALKER[3] / part[3]]
      : [x, 0.4, WALKER[2], WALKER[3]];
    const answer: PictureAnswer = {
      task: 'object-detection',
      detections: part || isSeenInWhole ? [{ label: 'person', score: part ? 0.85 : 0.7, box }] : [],
    };
    const view = {
      shows: part ? ('part' as const) : ('new scene' as const),
      part: part ?? WHOLE,
      inputRect: WHOLE,
    };
    const labels = tracker.update({ arrival: frame, capturedAtMs: atMs, arrivedAtMs: atMs }, answer, view);
    assert.ok(labels);
    shown.push(labels.map((label) => ({ ...label, offBy: Math.abs((label.box?.[0] ?? 9) - x) })));
  }
  return shown;
}

test('a thing that only the parts show is shown from the second one on, as one thing', () => {
  for (const stepMs of [50, 100, 200]) {
    const shown = walk({ stepMs, perSecond: 0.05, isSeenInWhole: false });
    for (const labels of shown.slice(4))
      assert.deepEqual(
        labels.map(({ id }) => id),
        [1],
        `${stepMs} ms`,
      );
  }
});

test('a thing that the whole shows as well stays one thing in its place', () => {
  for (const perSecond of [0.05, 0.1, 0.2]) {
    const shown = walk({ stepMs: 100, perSecond, isSeenInWhole: true });
    for (const labels of shown.slice(4)) {
      assert.deepEqual(
        labels.map(({ id }) => id),
        [1],
        `${perSecond} a second`,
      );
      assert.ok((labels[0]?.offBy ?? 9) < 0.01, `${perSecond} a second: off by ${labels[0]?.offBy}`);
    }
  }
});
