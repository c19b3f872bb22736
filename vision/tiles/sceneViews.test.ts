import assert from 'node:assert/strict';
import test from 'node:test';
import type { FrameView } from '../../protocol/frame.ts';
import { type Box, WHOLE } from '../geometry.ts';
import type { PictureAnswer } from '../tasks/taskOf.ts';
import { addView, type SceneViews, seenInScene } from './sceneViews.ts';

const LEFT_TOP: Box = [0, 0, 0.5, 0.5];
type Seen = readonly [label: string, score: number, box: Box];

const answerOf = (...seen: readonly Seen[]): PictureAnswer => ({
  task: 'object-detection',
  detections: seen.map(([label, score, box]) => ({ label, score, box })),
});
const whole = (shows: FrameView['shows'], inputRect = WHOLE): FrameView => ({
  shows,
  part: WHOLE,
  inputRect,
});
const partView = (part: Box, inputRect = WHOLE): FrameView => ({ shows: 'part', part, inputRect });

function scene(...steps: readonly [FrameView, PictureAnswer][]): SceneViews {
  let views: SceneViews = [];
  for (const [view, answer] of steps)
    views = addView(views, view, answer) ?? assert.fail('it belongs to no whole');
  return views;
}
const namesOf = (views: SceneViews) => seenInScene(views).map(({ label }) => label);

const DOG: Seen = ['dog', 0.9, [0.4, 0.4, 0.5, 0.5]];
const CUP: Seen = ['cup', 0.8, [0.2, 0.2, 0.1, 0.1]];

test('what a part shows is added to the whole, in 0..1 of the whole', () => {
  const views = scene([whole('new scene'), answerOf(DOG)], [partView(LEFT_TOP), answerOf(CUP)]);
  const cup = seenInScene(views).find(({ label }) => label === 'cup');
  assert.deepEqual(
    cup?.box?.map((side) => Math.round(side * 1e6) / 1e6),
    [0.1, 0.1, 0.05, 0.05],
  );
  assert.deepEqual(namesOf(views).sort(), ['cup', 'dog']);
});

test('the same scene keeps its parts, a new one forgets them, the same part takes the place of the one before', () => {
  const first = scene([whole('new scene'), answerOf(DOG)], [partView(LEFT_TOP), answerOf(CUP)]);
  const repeated = addView(first, whole('same scene'), answerOf(DOG)) ?? [];
  assert.deepEqual(namesOf(repeated).sort(), ['cup', 'dog']);
  assert.deepEqual(namesOf(addView(first, whole('new scene'), answerOf(DOG)) ?? []), ['dog']);
  assert.deepEqual(namesOf(addView(first, partView(LEFT_TOP), answerOf()) ?? []), ['dog']);
});

test('a part that belongs to no whole is none of a scene, nor is that of a model that names whole pictures', () => {
  assert.equal(addView([], partView(LEFT_TOP), answerOf(CUP)), undefined);
  const named: PictureAnswer = { task: 'image-classification', names: [{ label: 'cat', score: 0.9 }] };
  const views = scene([whole('new scene'), named]);
  assert.deepEqual(namesOf(views), ['cat']);
  assert.equal(addView(views, partView(LEFT_TOP), named), undefined);
});

test('boxes are of a frame of the whole, with what is around the picture in it', () => {
  const letterboxed: Box = [0, 0.25, 1, 0.5];
  const views = scene(
    [whole('new scene', letterboxed), answerOf(['dog', 0.9, [0.4, 0.4, 0.2, 0.2]])],
    [partView(LEFT_TOP, letterboxed), answerOf(['cup', 0.8, [0.2, 0.35, 0.2, 0.2]])],
  );
  const boxes = new Map(seenInScene(views).map(({ label, box }) => [label, box]));
  const close = (actual: readonly number[] | undefined, expected: readonly number[]) =>
    assert.ok(
      expected.every((side, at) => Math.abs(side - (actual?.[at] ?? 9)) < 1e-9),
      `${actual}`,
    );
  close(boxes.get('dog'), [0.4, 0.4, 0.2, 0.2]);
  close(boxes.get('cup'), [0.1, 0.3, 0.1, 0.1]);
});

test('no more parts are kept than a page sends, and the whole stays', () => {
  const parts = Array.from({ length: 40 }, (_, at): [FrameView, PictureAnswer] => [
    partView([at / 100, 0, 0.5, 0.5]),
    answerOf(CUP),
  ]);
  const views = scene([whole('new scene'), answerOf(DOG)], ...parts);
  assert.equal(views.length, 17);
  assert.equal(views[0]?.view.shows, 'new scene');
});
