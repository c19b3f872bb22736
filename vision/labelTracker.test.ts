import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabelTracker, type FrameTimes } from './labelTracker.ts';
import type { ThingAnswer } from './tasks/thingEmbedding.ts';
import { embeddingOf, thingCalled } from './testing/thingCalled.ts';
import { type Head, learnHead } from './things/head.ts';
import { UNKNOWN } from './things/unknown.ts';

const DETECTOR = { manifest: { task: 'object-detection' } } as const;
const CLASSIFIER = { manifest: { task: 'image-classification' } } as const;
const frame = (arrival: number): FrameTimes => ({
  arrival,
  capturedAtMs: 1_000 + 33 * arrival,
  arrivedAtMs: 2_000 + 33 * arrival,
});
const box = [0.1, 0.1, 0.3, 0.3] as const;

test('a limit that is raised hides what is below it before the next frame, boxes and names alike', () => {
  for (const model of [DETECTOR, CLASSIFIER]) {
    const tracker = createLabelTracker<typeof model>(model, 0.3, { next: 1 });
    const cat = { label: 'cat', score: 0.6 };
    tracker.update(
      frame(0),
      model === DETECTOR
        ? { task: 'object-detection', detections: [{ ...cat, box }] }
        : { task: 'image-classification', names: [cat] },
    );
    assert.equal(tracker.shown.length, 1);
    tracker.setMinScore(0.7);
    assert.deepEqual(tracker.shown, [], model.manifest.task);
  }
});

test('of what a session showed before it came back, nothing below its limit is shown', () => {
  const before = [0.4, 0.8].map((score, id) => ({ id, label: 'cat', score, box }));
  const tracker = createLabelTracker(DETECTOR, 0.5, { next: 5 }, before);
  assert.deepEqual(
    tracker.shown.map(({ score }) => score),
    [0.8],
  );
  tracker.setMinScore(0.9);
  assert.deepEqual(tracker.shown, []);
});

test('what is taught names the next frame, whatever a thing was called before', () => {
  let head: Head | undefined = learnHead([]);
  const tracker = createLabelTracker({ manifest: { task: 'thing-embedding' }, taught: () => head }, 0.3, {
    next: 1,
  });
  const answer = {
    task: 'thing-embedding',
    regions: [{ box, source: 'detected', score: 0.9, embedding: embeddingOf('mug') }],
  } as const satisfies ThingAnswer;
  const seen = (arrival: number) => tracker.update(frame(arrival), answer) ?? [];
  for (let arrival = 0; arrival < 9; arrival++) seen(arrival);
  const [before] = tracker.shown;
  assert.equal(before?.label, UNKNOWN);
  head = learnHead(['mug', 'pen'].map(thingCalled));
  assert.deepEqual(
    seen(9).map(({ id, label }) => [id, label]),
    [[before.id, 'mug']],
  );
  head = undefined;
  assert.deepEqual(seen(100), [], 'not known any more');
});
