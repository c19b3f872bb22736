import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabelTracker } from '../labelTracker.ts';
import { outlineIou } from '../masks/compareOutlines.ts';
import { boxOfOutline } from '../masks/outline.ts';
import { toLabel } from '../toLabel.ts';
import { instanceSegmentation, instancesOf } from './instanceSegmentation.ts';
import { areasOf, semanticSegmentation } from './semanticSegmentation.ts';
import type { ModelRun, Outputs } from './task.ts';

const SIDE = 40;
const grid = <T>(value: (x: number, y: number) => T): T[] =>
  Array.from({ length: SIDE * SIDE }, (_, at) => value(at % SIDE, Math.floor(at / SIDE)));

const runOf = (labels: readonly string[], outputs: Outputs): ModelRun => ({
  picture: { type: 'uint8', data: new Uint8Array(3), dims: [1, 1, 1, 3] },
  inputName: 'image',
  labels,
  runGraph: async () => outputs,
});

const disc = (x: number, y: number) => (Math.hypot(x - 19.5, y - 19.5) < 10 ? 220 : 20);
const detector: Outputs = {
  images: { type: 'int32', data: new Int32Array(1), dims: [1] },
  boxes: { type: 'float32', data: Float32Array.of(0.2, 0.2, 0.3, 0.6), dims: [1, 4] },
  scores: { type: 'float32', data: Float32Array.of(0.9), dims: [1] },
  classes: { type: 'int32', data: Int32Array.of(1), dims: [1] },
  masks: { type: 'uint8', data: Uint8Array.from(grid(disc)), dims: [1, SIDE, SIDE] },
};

test('an instance has the outline of its mask within its box', async () => {
  const { instances } = await instanceSegmentation.run(runOf(['cat', 'cup'], detector));
  assert.deepEqual(
    instances.map(({ label }) => label),
    ['cup'],
  );
  const [left = 0, top = 0, width = 0, height = 0] = boxOfOutline(instances[0]?.outline ?? []) ?? [];
  assert.ok(Math.abs(left - 0.25) < 0.02 && Math.abs(left + width - 0.5) < 1e-6, `${left} ${width}`);
  assert.ok(Math.abs(top - 0.25) < 0.02 && Math.abs(top + height - 0.75) < 0.02);
  await assert.rejects(
    async () => instanceSegmentation.run(runOf(['cat'], { ...detector, masks: undefined })),
    /Output "masks" of the graph: Uint8Array expected, got nothing/,
  );
});

test('a golden of instances agrees with itself, and not with another mask of the same box', async () => {
  const answer = await instanceSegmentation.run(runOf(['cat', 'cup'], detector));
  const golden = instanceSegmentation.record(answer, { recordedBy: 'test', minScore: 0.3 });
  assert.deepEqual(instanceSegmentation.compare(golden, answer).differences, []);
  const data = Uint8Array.from(grid((_, y) => (y < 15 ? 255 : 0)));
  const other = instancesOf(answer.instances, { data, width: SIDE, height: SIDE });
  assert.equal(instanceSegmentation.compare(golden, other).differences.length, 2);
  assert.match(
    String(instanceSegmentation.worstDifference?.(golden, other, ['cat', 'cup'])),
    /the outline of cup lies elsewhere/,
  );
});

test('an outline goes with the steady box of its thing, also through a frame that misses it', async () => {
  const answer = await instanceSegmentation.run(runOf(['cat', 'cup'], detector));
  const { outline, box } = answer.instances[0] ?? assert.fail();
  const tracker = createLabelTracker({ manifest: { task: 'instance-segmentation' } }, 0.5, { next: 1 });
  const frame = (arrival: number) => ({ arrival, capturedAtMs: 50 * arrival, arrivedAtMs: 50 * arrival });
  const seen = { ...answer, instances: answer.instances };
  tracker.update(
    frame(1),
    instanceSegmentation.toPicture(seen, { labels: [], fitted: undefined, maxLabels: 9 }),
  );
  const moved = {
    label: 'cup',
    score: 0.9,
    box: [0.3, 0.2, box[2], box[3]] as const,
    outline: outline.map((ring) => ring.map((value, at) => (at % 2 === 0 ? value + 0.1 : value))),
  };
  const [thing] = tracker.update(frame(2), { task: 'instance-segmentation', instances: [moved] }) ?? [];
  const [ofBox, ofOutline] = [thing?.box, boxOfOutline(thing?.outline ?? [])];
  assert.ok(ofBox && ofOutline && thing?.id === 1);
  // The right edge of the mask is that of the box.
  assert.ok(Math.abs(ofBox[0] + ofBox[2] - (ofOutline[0] + ofOutline[2])) < 1e-6);
  const [held] = tracker.update(frame(3), { task: 'instance-segmentation', instances: [] }) ?? [];
  assert.deepEqual(held?.outline, thing.outline);
  const label = toLabel(held ?? assert.fail());
  assert.ok(
    JSON.stringify(label).length < 4_096 && label.outline?.[0]?.every((value) => value >= 0 && value <= 1),
  );
});

const ROAD_AND_SKY = {
  width: SIDE,
  height: SIDE,
  classes: grid((_, y) => (y < 10 ? 0 : y < 20 ? 1 : 2)),
  scores: grid((_, y) => (y < 20 ? 0.75 : 0.9)),
};

test('areas are named once for each class, the largest first, the background and specks not at all', () => {
  const { areas } = areasOf(ROAD_AND_SKY, ['background', 'sky', 'road']);
  assert.deepEqual(
    areas.map(({ label, score, share }) => [label, Number(score.toFixed(3)), share]),
    [
      ['road', 0.9, 0.5],
      ['sky', 0.75, 0.25],
    ],
  );
  const road = boxOfOutline(areas[0]?.outline ?? []);
  assert.ok(
    road && Math.abs((road[1] ?? 0) - 0.5) < 0.001 && Math.abs((road[3] ?? 0) - 0.5) < 0.001,
    String(road),
  );
  const specks = { ...ROAD_AND_SKY, classes: grid((x, y) => (x === 5 && y === 5 ? 1 : 0)) };
  assert.deepEqual(areasOf(specks, ['background', 'sky']).areas, []);
});

test('of a letterboxed input only what is picture counts', () => {
  const answer = areasOf(ROAD_AND_SKY, ['background', 'sky', 'road']);
  // The picture is the lower half of the input: all of it is road.
  const fitted = { part: [0, 0, 1, 1], inputRect: [0, 0.5, 1, 0.5] } as const;
  const { areas } = semanticSegmentation.toPicture(answer, { labels: [], fitted, maxLabels: 9 });
  assert.deepEqual(
    areas.map(({ label }) => label),
    ['road'],
  );
  assert.ok((areas[0]?.share ?? 0) > 0.98);
});

test('an area stays through an odd frame under its id, with the outline that it had', () => {
  const answer = semanticSegmentation.toPicture(areasOf(ROAD_AND_SKY, ['background', 'sky', 'road']), {
    labels: [],
    fitted: undefined,
    maxLabels: 9,
  });
  const tracker = createLabelTracker({ manifest: { task: 'semantic-segmentation' } }, 0.5, { next: 1 });
  const frame = (arrival: number) => ({ arrival, capturedAtMs: 50 * arrival, arrivedAtMs: 50 * arrival });
  const first = tracker.update(frame(1), answer);
  const odd = tracker.update(frame(2), { ...answer, areas: answer.areas.slice(0, 1) });
  assert.deepEqual(
    odd?.map(({ id, label, outline, share }) => ({ id, label, outline, share })),
    first?.map(({ id, label, outline, share }) => ({ id, label, outline, share })),
  );
  const label = toLabel(odd?.[0] ?? assert.fail());
  assert.equal(label.box, undefined);
  assert.ok(label.share && outlineIou(label.outline ?? [], answer.areas[0]?.outline ?? []) > 0.99);
});

test('a golden of areas agrees with itself, and not with areas elsewhere', () => {
  const labels = ['background', 'sky', 'road'];
  const answer = areasOf(ROAD_AND_SKY, labels);
  const golden = semanticSegmentation.record(answer, { recordedBy: 'test', minScore: 0.3 });
  assert.deepEqual(semanticSegmentation.compare(golden, answer).differences, []);
  const turned = areasOf({ ...ROAD_AND_SKY, classes: ROAD_AND_SKY.classes.toReversed() }, labels);
  assert.notDeepEqual(semanticSegmentation.compare(golden, turned).differences, []);
});

test('the class of each pixel: the largest area first, what lies in it over it, and the background elsewhere', () => {
  const square = (from: number, to: number) => [[from, from, to, from, to, to, from, to]];
  const area = (label: string, outline: number[][], share: number) => ({ label, score: 0.9, share, outline });
  const lines = semanticSegmentation.pixelLabels?.(
    {
      task: 'semantic-segmentation',
      areas: [area('dog', square(0, 0.75), 0.56), area('cat', square(0.25, 0.5), 0.06)],
    },
    { width: 4, height: 4 },
    ['background', 'cat', 'dog'],
  );
  assert.deepEqual([...(lines ?? [])], [2, 2, 2, 0, 2, 1, 2, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
});
