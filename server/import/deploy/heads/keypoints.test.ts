import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import { seeded } from '../../testing/opHarness.ts';
import type { Columns, GridHead } from './gridHead.ts';
import { END_TO_END, type PickedHead } from './head.ts';
import type { KeypointHead, PointMaps, PointNumbers } from './keypointHead.ts';
import { addKeypointHead } from './keypoints.ts';
import { plainAnswer } from './plainAnswer.ts';

const minScore = 0.1;
const labels = ['person', 'dog'];
const K = 5;
const layout = { count: K, edges: [], minScore: 0.3 };
const unit = [64, 48] as const;

const NUMBERS: PointNumbers = {
  form: 'numbers',
  output: 'out',
  batched: true,
  size: 3,
  order: 'xy',
  score: 2,
  scores: undefined,
  activation: 'none',
  unit,
};
const MAPS: PointMaps = {
  form: 'maps',
  output: 'out',
  channelsLast: false,
  width: 9,
  height: 7,
  isAligned: false,
  activation: 'none',
};
const yolo = (base: 4 | 5, anchorsFirst: boolean, isLogits: boolean): KeypointHead => {
  const columns = base + 2 + 3 * K;
  const order = 'centre-width-height';
  return {
    kind: 'keypoints',
    classes: 2,
    boxes: {
      ...{ kind: 'detection', head: base === 5 ? 'yolo-v5' : 'yolo-v8', output: 'out', anchorsFirst },
      ...{ columns, order, classes: 2, unit, isLogits },
    },
    points: {
      ...NUMBERS,
      table: { first: base + 2, columns, anchorsFirst },
      activation: isLogits ? 'sigmoid' : 'none',
    },
    layout,
  };
};
const one = (points: PointNumbers | PointMaps): KeypointHead => ({
  ...{ kind: 'keypoints', classes: 1, boxes: undefined, points, layout },
});
const picked: PickedHead = {
  ...{ kind: 'detection', head: 'yolo-end-to-end', outputs: ['out'], order: 'left-top-right-bottom' },
  ...{ columns: { ...END_TO_END, count: 6 + 2 * K }, firstClass: 0, batched: true, classes: 2, unit },
};
const lists: PickedHead = {
  ...picked,
  head: 'boxes-scores-classes',
  outputs: ['boxes', 'scores', 'numbers'],
  columns: END_TO_END,
  firstClass: 1,
};

/** 8x6 cells of one anchor, and 17 more. */
const GRID: GridHead = {
  ...{ kind: 'detection', head: 'grid', family: 'scrfd', classes: 1, order: 'left-top-right-bottom', unit },
  ...{ outputs: ['boxes', 'scores'], batched: true, anchors: 65, coding: 'distances' },
  cells: {
    width: 64,
    height: 48,
    grids: [
      { stride: 8, perCell: 1 },
      { stride: 64, perCell: 17 },
    ],
    offset: 0,
  },
  boxes: { outputs: ['boxes'], count: 4, from: 0, to: 4 },
  scores: { outputs: ['scores'], count: 1, from: 0, to: 1 },
  ...{ objectness: undefined, activation: 'none', bestClassAlone: false },
};

/** Places of 0..1 times their unit, scores of 0..1 or logits, whole classes: by what a head reads there. */
const table = (at: number, columns: number, first: number, random: () => number, isLogits = false) => {
  const column = at % columns;
  if (column < 4) return random() * 20;
  const isPlace = column >= first && (column - first) % 3 < 2;
  return isPlace ? random() * 60 - 5 : isLogits ? random() * 8 - 6 : random();
};
const plain = (_: string, __: number, random: () => number) => random();

const cases: Record<
  string,
  {
    head: KeypointHead;
    reads: Readonly<Record<string, readonly number[]>>;
    value(output: string, at: number, random: () => number): number;
  }
> = {
  'YOLOv8-pose': {
    head: yolo(4, false, false),
    reads: { out: [6 + 3 * K, 40] },
    value: (_, at, random) => table(Math.floor(at / 40), 6 + 3 * K, 6, random),
  },
  'YOLOv7-pose of logits': {
    head: yolo(5, true, true),
    reads: { out: [40, 7 + 3 * K] },
    value: (_, at, random) => table(at, 7 + 3 * K, 7, random, true),
  },
  'picked rows of points without scores': {
    head: {
      ...{ kind: 'keypoints', classes: 2, boxes: picked, layout },
      points: {
        ...NUMBERS,
        size: 2,
        score: undefined,
        table: { first: 6, columns: 6 + 2 * K, anchorsFirst: true },
      },
    },
    reads: { out: [30, 6 + 2 * K] },
    value: (_, at, random) => {
      const column = at % (6 + 2 * K);
      if (column === 5) return Math.floor(random() * 3);
      return column === 4 ? random() : random() * 30 + (column === 2 || column === 3 ? 30 : 0);
    },
  },
  'lists, with scores of points as logits': {
    head: {
      ...{ kind: 'keypoints', classes: 2, boxes: lists, layout },
      points: { ...NUMBERS, output: 'points', score: undefined, scores: 'sure', activation: 'sigmoid' },
    },
    reads: { boxes: [20, 4], scores: [20], numbers: [20], points: [20, K, 3], sure: [20, K] },
    value: (output, at, random) => {
      if (output === 'boxes') return random() * 20 + (at % 4 > 1 ? 20 : 0);
      if (output === 'numbers') return Math.floor(random() * 4);
      if (output === 'scores') return random();
      return output === 'points' ? random() * 50 : random() * 12 - 6;
    },
  },
  'one person, y first': {
    head: one({ ...NUMBERS, order: 'yx', unit: [1, 1] }),
    reads: { out: [1, K, 3] },
    value: plain,
  },
  'one thing, which another number says to be there': {
    head: {
      ...one({ ...NUMBERS, table: { first: 2, columns: 2 + 4 * K, anchorsFirst: true }, size: 4, score: 3 }),
      presence: { output: 'there', activation: 'sigmoid' },
    },
    reads: { out: [2 + 4 * K], there: [1, 1] },
    value: (output, _, random) => (output === 'there' ? random() * 4 - 3 : random() * 3 - 1),
  },
  'people in rows without a class': {
    head: {
      ...{ kind: 'keypoints', classes: 1, layout },
      boxes: { ...picked, columns: { box: 3 * K, score: 3 * K + 4, count: 3 * K + 5 }, classes: 1 },
      points: { ...NUMBERS, order: 'yx', table: { first: 0, columns: 3 * K + 5, anchorsFirst: true } },
    },
    reads: { out: [6, 3 * K + 5] },
    value: (_, at, random) => {
      const column = at % (3 * K + 5);
      return column === 3 * K + 4 ? random() : random() * 30 + (column >= 3 * K + 2 ? 30 : 0);
    },
  },
  'anchors of two grids, with points in cells': {
    head: {
      ...{ kind: 'keypoints', classes: 1, layout, boxes: GRID },
      points: {
        ...{ form: 'grid', batched: true, cells: GRID.cells, per: 'cell', unit },
        columns: { outputs: ['near', 'far'], count: 2 * K, from: 0, to: 2 * K },
      },
    },
    reads: { boxes: [65, 4], scores: [65, 1], near: [48, 2 * K], far: [17, 2 * K] },
    value: (output, _, random) => (output === 'scores' ? random() ** 3 : random() * 4),
  },
  'maps with channels first': { head: one(MAPS), reads: { out: [K, 7, 9] }, value: plain },
  'maps with channels last, edge to edge, as logits': {
    head: one({ ...MAPS, channelsLast: true, isAligned: true, activation: 'sigmoid' }),
    reads: { out: [7, 9, K] },
    value: (_, __, random) => random() * 8 - 4,
  },
};

/** Names that the back of a graph gives a meaning are none of a model's own. */
const OTHER: Readonly<Record<string, string>> = { scores: 'raw', boxes: 'corners', points: 'places' };
const other = (name: string): string => OTHER[name] ?? name;

for (const [name, { head, reads, value }] of Object.entries(cases)) {
  test(`${name}: the graph gives the points that plain TypeScript gives, alone and in batches`, async () => {
    const graph = new OnnxGraph();
    for (const [output, sides] of Object.entries(reads)) {
      graph.input({ name: other(output), dtype: 'float32', shape: ['N', ...sides] });
    }
    addKeypointHead(graph, renamed(head), { minScore });
    const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'head'), { intraOpNumThreads: 1 });
    let seen = 0;
    const property = fc.asyncProperty(fc.integer(), fc.constantFrom(1, 3), async (seed, batch) => {
      const random = seeded(seed);
      const drawn = Object.entries(reads).map(([output, sides]) => {
        const each = sides.reduce((a, b) => a * b, 1);
        const data = Float32Array.from({ length: batch * each }, (_, at) => value(output, at % each, random));
        return { output, sides, each, data };
      });
      const found = await session.run(
        Object.fromEntries(
          drawn.map(({ output, sides, data }) => [
            other(output),
            new ort.Tensor('float32', data, [batch, ...sides]),
          ]),
        ),
      );
      let row = 0;
      for (let picture = 0; picture < batch; picture++) {
        const outputs: Outputs = new Map(
          drawn.map(({ output, sides, each, data }) => [
            output,
            {
              dims: [1, ...sides],
              data: Float64Array.from(data.subarray(picture * each, (picture + 1) * each)),
            },
          ]),
        );
        const answer = plainAnswer(head, outputs, { labels, minScore });
        assert.ok(answer.task === 'keypoint-detection');
        for (const { label, score, box, points } of answer.poses) {
          assert.equal(found.images?.data[row], picture);
          assert.equal(labels[Number(found.classes?.data[row])], label);
          near([Number(found.scores?.data[row])], [score]);
          near(rowOf(found.boxes, row), box);
          near(rowOf(found.points, row), points);
          row += 1;
          seen += 1;
        }
      }
      assert.deepEqual(found.points?.dims, [row, K, 3]);
    });
    await fc.assert(property, { numRuns: 25, seed: 7 });
    assert.ok(seen > 20, `${seen} things`);
  });
}

function renamed(head: KeypointHead): KeypointHead {
  const { boxes, points } = head;
  const outputs = <T extends Columns>(columns: T): T => ({ ...columns, outputs: columns.outputs.map(other) });
  return {
    ...head,
    boxes:
      boxes?.head === 'grid'
        ? { ...boxes, boxes: outputs(boxes.boxes), scores: outputs(boxes.scores) }
        : boxes && 'outputs' in boxes
          ? { ...boxes, outputs: boxes.outputs.map(other) }
          : boxes,
    points: points.form === 'grid' ? points : { ...points, output: other(points.output) },
  };
}

function rowOf(tensor: ort.Tensor | undefined, row: number): number[] {
  const size = (tensor?.data.length ?? 0) / (tensor?.dims[0] ?? 1);
  return Array.from(tensor?.data as Float32Array).slice(row * size, (row + 1) * size);
}

function near(found: readonly number[], expected: readonly number[]): void {
  assert.equal(found.length, expected.length);
  for (const [at, value] of expected.entries()) {
    const gap = Math.abs((found[at] ?? Number.NaN) - value);
    assert.ok(gap < 1e-5 * Math.max(1, Math.abs(value)), `${found[at]}, not ${value}`);
  }
}
