import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { iou } from '../../../../vision/geometry.ts';
import { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import { seeded } from '../../testing/opHarness.ts';
import { addDetectionHead } from './detection.ts';
import { maxOverlapOf } from './gridHead.ts';
import { type DetectionHead, END_TO_END, MAX_DETECTIONS, type YoloHead } from './head.ts';
import { asBox, type Candidate, candidates, pick, referenceAnswer } from './reference.ts';

const minScore = 0.1;
const classes = 3;
const anchors = 150;
const unit = [64, 48] as const;
const kind = 'detection';
const labels = Array.from({ length: classes }, (_, line) => `class ${line}`);

/** A head, what it reads (sides of one picture), and how a model's numbers are drawn. */
interface Case {
  readonly head: DetectionHead;
  readonly reads: Readonly<Record<string, readonly number[]>>;
  /** Fills in what is no plain number of 0..1. `at` counts within one picture. */
  value(output: string, at: number, random: () => number): number;
}

const YOLO_V5 = {
  kind,
  head: 'yolo-v5',
  output: 'out',
  anchorsFirst: true,
  columns: 5 + classes,
  order: 'centre-width-height',
  classes,
  unit,
  isLogits: false,
} as const satisfies YoloHead;
const YOLO_V8 = { ...YOLO_V5, head: 'yolo-v8', anchorsFirst: false, columns: 4 + classes } as const;
const SSD = {
  kind,
  head: 'ssd',
  boxes: 'boxes',
  scores: 'scores',
  order: 'left-top-right-bottom',
  anchors,
  classes,
  background: 'none',
  activation: 'none',
  unit: [1, 1],
} as const;

const pixels = (at: number, random: () => number) => random() * (unit[at % 2] ?? 1);
const cases: Record<string, Case> = {
  'yolo-v5': {
    head: YOLO_V5,
    reads: { out: [anchors, 5 + classes] },
    value: (_, at, random) =>
      at % (5 + classes) < 4 ? pixels(at % (5 + classes), random) / 2 : Math.sqrt(random()),
  },
  'yolo-v8': {
    head: YOLO_V8,
    reads: { out: [4 + classes, anchors] },
    value: (_, at, random) =>
      at < 4 * anchors ? pixels(Math.floor(at / anchors), random) / 2 : random() ** 3,
  },
  'yolo-v8 of logits and relative boxes': {
    head: { ...YOLO_V8, unit: [1, 1], isLogits: true },
    reads: { out: [4 + classes, anchors] },
    value: (_, at, random) => (at < 4 * anchors ? random() / 2 : random() * 8 - 6),
  },
  'yolo-end-to-end': {
    head: {
      kind,
      head: 'yolo-end-to-end',
      outputs: ['out'],
      columns: END_TO_END,
      order: 'left-top-right-bottom',
      firstClass: 0,
      batched: true,
      classes,
      unit,
    },
    reads: { out: [120, 6] },
    value: (_, at, random) => {
      const column = at % 6;
      if (column < 4) return pixels(column, random) / 2 + (column > 1 ? (unit[column % 2] ?? 1) / 2 : 0);
      return column === 4 ? random() : Math.floor(random() * (classes + 1));
    },
  },
  'boxes-scores-classes': {
    head: {
      kind,
      head: 'boxes-scores-classes',
      outputs: ['boxes', 'probabilities', 'numbers'],
      columns: END_TO_END,
      order: 'top-left-bottom-right',
      firstClass: 1,
      batched: true,
      classes,
      unit: [1, 1],
    },
    reads: { boxes: [50, 4], probabilities: [50], numbers: [50] },
    value: (output, at, random) => {
      if (output === 'boxes') return random() / 2 + (at % 4 > 1 ? 0.5 : 0);
      return output === 'numbers' ? Math.floor(random() * (classes + 2)) : random();
    },
  },
  'ssd with a background': {
    head: { ...SSD, background: 'first', activation: 'softmax' },
    reads: { boxes: [anchors, 4], scores: [anchors, classes + 1] },
    value: (output, at, random) =>
      output === 'boxes' ? random() * 0.4 + (at % 4 > 1 ? 0.4 : 0) : random() * 6 - 2,
  },
  'ssd of scores': {
    head: { ...SSD, order: 'top-left-bottom-right', unit },
    reads: { boxes: [anchors, 4], scores: [anchors, classes] },
    value: (output, at, random) =>
      output === 'boxes' ? random() * 20 + (at % 4 > 1 ? 20 : 0) : random() ** 2,
  },
  'yolo-v8 with anchors first, and masks behind its scores': {
    head: { ...YOLO_V8, anchorsFirst: true, columns: 4 + classes + 2 },
    reads: { out: [anchors, 4 + classes + 2] },
    value: (_, at, random) => {
      const column = at % (4 + classes + 2);
      if (column < 4) return pixels(column, random) / 2;
      return column < 4 + classes ? random() ** 3 : random() * 9 - 4;
    },
  },
  'detr with nothing as its last class': {
    head: { ...SSD, head: 'detr', order: 'centre-width-height', background: 'last', activation: 'softmax' },
    reads: { boxes: [anchors, 4], scores: [anchors, classes + 1] },
    value: (output, _, random) => (output === 'boxes' ? random() / 2 : random() * 6 - 2),
  },
  'detr as one table': {
    head: {
      ...SSD,
      head: 'detr',
      boxes: 'out',
      scores: 'out',
      order: 'centre-width-height',
      activation: 'sigmoid',
    },
    reads: { out: [anchors, 4 + classes] },
    value: (_, at, random) => (at % (4 + classes) < 4 ? random() / 2 : random() * 8 - 6),
  },
  'yolo-end-to-end with the picture in front, class before score, left, top, width, height': {
    head: {
      kind,
      head: 'yolo-end-to-end',
      outputs: ['out'],
      columns: { box: 1, score: 6, class: 5, count: 7 },
      order: 'left-top-width-height',
      firstClass: 0,
      batched: true,
      classes,
      unit,
    },
    reads: { out: [90, 7] },
    value: (_, at, random) => {
      const column = at % 7;
      if (column === 0) return 0;
      if (column < 5) return pixels(column - 1, random) / 2;
      return column === 6 ? random() : Math.floor(random() * (classes + 1));
    },
  },
  'boxes with scores, and classes': {
    head: {
      kind,
      head: 'boxes-scores-classes',
      outputs: ['dets', 'numbers'],
      columns: END_TO_END,
      order: 'left-top-right-bottom',
      firstClass: 0,
      batched: true,
      classes,
      unit,
    },
    reads: { dets: [50, 5], numbers: [50] },
    value: (output, at, random) => {
      if (output === 'numbers') return Math.floor(random() * classes);
      const column = at % 5;
      if (column === 4) return random();
      return pixels(column, random) / 2 + (column > 1 ? (unit[column % 2] ?? 1) / 2 : 0);
    },
  },
};

for (const [name, { head, reads, value }] of Object.entries(cases)) {
  test(`${name}: the graph picks what plain TypeScript picks, alone and in batches`, async () => {
    const graph = new OnnxGraph();
    for (const [output, sides] of Object.entries(reads)) {
      graph.input({ name: `raw ${output}`, dtype: 'float32', shape: ['N', ...sides] });
    }
    addDetectionHead(graph, withRawNames(head), { minScore });
    const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'head'), { intraOpNumThreads: 1 });
    let seen = 0;
    const property = fc.asyncProperty(fc.integer(), fc.constantFrom(1, 2, 5), async (seed, batch) => {
      const random = seeded(seed);
      const drawn = Object.fromEntries(
        Object.entries(reads).map(([output, sides]) => {
          const each = sides.reduce((a, b) => a * b, 1);
          const data = Float32Array.from({ length: batch * each }, (_, at) =>
            value(output, at % each, random),
          );
          return [output, { sides, each, data }];
        }),
      );
      const outputs = Array.from(
        { length: batch },
        (_, picture): Outputs =>
          new Map(
            Object.entries(drawn).map(([output, { sides, each, data }]) => [
              output,
              {
                dims: [1, ...sides],
                data: Float64Array.from(data.subarray(picture * each, (picture + 1) * each)),
              },
            ]),
          ),
      );
      // Where rounding decides, both are right.
      fc.pre(outputs.every((each) => !isDecidedByRounding(head, each)));
      const expected = outputs.map((each) => referenceAnswer(head, each, { labels, minScore }));
      const found = await session.run(
        Object.fromEntries(
          Object.entries(drawn).map(([output, { sides, data }]) => [
            `raw ${output}`,
            new ort.Tensor('float32', data, [batch, ...sides]),
          ]),
        ),
      );
      let row = 0;
      for (const [picture, answer] of expected.entries()) {
        assert.ok(answer.task === 'object-detection');
        seen += answer.detections.length;
        for (const { label, score, box } of answer.detections) {
          assert.equal(found.images?.data[row], picture, `picture of row ${row}`);
          assert.equal(labels[Number(found.classes?.data[row])], label);
          near(Number(found.scores?.data[row]), score);
          for (const [i, side] of box.entries()) near(Number(found.boxes?.data[row * 4 + i]), side);
          row++;
        }
      }
      assert.equal(found.images?.data.length, row);
      assert.deepEqual(
        [found.images?.type, found.boxes?.type, found.scores?.type, found.classes?.type],
        ['int32', 'float32', 'float32', 'int32'],
      );
      assert.deepEqual(found.boxes?.dims, [row, 4]);
    });
    await fc.assert(property, { numRuns: 25 });
    assert.ok(seen > 100, `${seen} detections`);
  });
}

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-4, `${found}, not ${expected}`);

function withRawNames(head: DetectionHead): DetectionHead {
  const raw = (name: string) => `raw ${name}`;
  if ('outputs' in head) return { ...head, outputs: head.outputs.map(raw) };
  if ('boxes' in head) return { ...head, boxes: raw(head.boxes), scores: raw(head.scores) };
  return { ...head, output: raw(head.output) };
}

/**
 * Whether rounding decides what is kept: a score close to the least one, or one that is kept next to a candidate with
 * nearly the same score, or with nearly as much in common as two may have. Those that are left out count too: a
 * candidate that is dropped by a hair with one rounding is kept with the other.
 */
function isDecidedByRounding(head: DetectionHead, outputs: Outputs): boolean {
  const maxOverlap = maxOverlapOf(head);
  const all = candidates(head, outputs, minScore - 1e-5).filter(({ score }) => score > minScore - 1e-5);
  const kept = new Set(pick(all, maxOverlap, minScore));
  const isNear = (one: Candidate, other: Candidate) => {
    const overlap =
      one.line === other.line && maxOverlap < 1 ? iou(asBox(one.corners), asBox(other.corners)) : 0;
    const isRival = kept.has(other) || overlap > maxOverlap - 1e-4;
    return (
      (isRival && Math.abs(one.score - other.score) < 1e-6) ||
      (maxOverlap < 1 && Math.abs(overlap - maxOverlap) < 1e-4)
    );
  };
  return (
    all.some(({ score }) => score < minScore + 1e-5) ||
    [...kept].some((one) => all.some((other) => other !== one && isNear(one, other)))
  );
}

test('no more than the limit come out', async () => {
  const graph = new OnnxGraph();
  graph.input({ name: 'raw out', dtype: 'float32', shape: ['N', 5, 900] });
  const head = { ...YOLO_V8, output: 'raw out', columns: 5, classes: 1, unit: [1, 1] } as const;
  addDetectionHead(graph, head, { minScore });
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'head'), { intraOpNumThreads: 1 });
  // Small boxes on a grid of 30 by 30, none of which touch.
  const data = Float32Array.from({ length: 5 * 900 }, (_, at) => {
    const cell = at % 900;
    const row = Math.floor(at / 900);
    if (row === 0) return ((cell % 30) + 0.5) / 30;
    if (row === 1) return (Math.floor(cell / 30) + 0.5) / 30;
    return row === 4 ? 0.5 + cell / 2000 : 0.01;
  });
  const found = await session.run({ 'raw out': new ort.Tensor('float32', data, [1, 5, 900]) });
  assert.equal(found.scores?.data.length, MAX_DETECTIONS);
  near(Number(found.scores?.data[0]), 0.5 + 899 / 2000);
});

test('of cells that stand for their best class alone all take part, as in the graph', () => {
  const part = (output: string, count: number) => ({ outputs: [output], count, from: 0, to: count });
  const last = 40 * 30 - 1;
  // All but the last are about the same box, and surer.
  const boxes = Array.from({ length: last + 1 }, (_, at) =>
    at === last ? [-4, -4, 6, 6] : [10 - (at % 40), 10 - Math.floor(at / 40), 8, 8],
  );
  const head: DetectionHead = {
    kind: 'detection',
    head: 'grid',
    family: 'yolox',
    classes: 1,
    order: 'left-top-right-bottom',
    unit: [40, 30],
    outputs: ['boxes', 'scores'],
    batched: true,
    anchors: last + 1,
    cells: { width: 40, height: 30, grids: [{ stride: 1, perCell: 1 }], offset: 0 },
    coding: 'pixels',
    boxes: part('boxes', 4),
    scores: part('scores', 1),
    objectness: undefined,
    activation: 'none',
    bestClassAlone: true,
  };
  const scores = boxes.map((_, at) => (at === last ? 0.2 : 0.9));
  const outputs: Outputs = new Map([
    ['boxes', { dims: [1, last + 1, 4], data: Float64Array.from(boxes.flat()) }],
    ['scores', { dims: [1, last + 1, 1], data: Float64Array.from(scores) }],
  ]);
  const answer = referenceAnswer(head, outputs, { labels: ['thing'], minScore });
  assert.ok(answer.task === 'object-detection');
  assert.deepEqual(
    answer.detections.map(({ score }) => score),
    [0.9, 0.2],
  );
});
