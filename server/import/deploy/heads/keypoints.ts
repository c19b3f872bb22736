import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { float32 } from '../../onnx/tensor.ts';
import { Builder } from './builder.ts';
import { candidatesOf } from './detection.ts';
import { gridTable } from './grid.ts';
import { anchorsOf, maxOverlapOf } from './gridHead.ts';
import { MAX_DETECTIONS } from './head.ts';
import {
  type GridPoints,
  HOLDS_FROM,
  type KeypointHead,
  type PointMaps,
  type PointNumbers,
  REFINED_BY,
  sureCount,
} from './keypointHead.ts';
import { addPicking, type Candidates } from './suppression.ts';

/**
 * Adds what turns a model's outputs into things with key points, and declares the outputs of a deployed graph. Ops that mean
 * the same in every opset from 11 on: so the largest of several is found by TopK, as the axes of ReduceMax moved in 18.
 */
export function addKeypointHead(
  graph: OnnxGraph,
  head: KeypointHead,
  { minScore }: { minScore: number },
): void {
  const build = new Builder(graph);
  const { count } = head.layout;
  const points = pointsOf(build, head.points, count);
  const found = head.boxes === undefined ? oneThing(build, points, head) : candidatesOf(build, head.boxes);
  addPicking(
    graph,
    { ...found, points: { value: points, count } },
    {
      minScore,
      maxOverlap: head.boxes === undefined ? 1 : maxOverlapOf(head.boxes),
      maxDetections: MAX_DETECTIONS,
    },
  );
}

/** [N, R, K, 3]: x, y, score. */
function pointsOf(build: Builder, points: KeypointHead['points'], count: number): string {
  switch (points.form) {
    case 'maps':
      return mapPoints(build, points, count);
    case 'numbers':
      return numberPoints(build, points, count);
    case 'grid':
      return gridPoints(build, points, count);
    default:
      return points satisfies never;
  }
}

function gridPoints(
  build: Builder,
  { columns, cells, batched, per, unit }: GridPoints,
  count: number,
): string {
  const { add } = build;
  const anchors = anchorsOf(cells);
  const constant = (values: readonly number[], sides: number) =>
    build.constant(float32([1, anchors.length, 1, sides], values));
  const numbers = add('Reshape', [gridTable(build, columns, batched), build.ints(0, -1, count, 2)]);
  const away =
    per === 'pixel'
      ? numbers
      : add('Mul', [
          numbers,
          constant(
            anchors.map(([, , stride]) => stride),
            1,
          ),
        ]);
  const places = add('Add', [
    away,
    constant(
      anchors.flatMap((anchor) => anchor.slice(0, 2)),
      2,
    ),
  ]);
  const inInput = add('Div', [places, build.floats(...unit)]);
  const x = add('Gather', [inInput, build.ints(0)], { axis: { int: 3 } });
  return add('Concat', [inInput, sure(build, x)], { axis: { int: 3 } });
}

/** A score of 1 for each of some numbers. */
const sure = (build: Builder, values: string): string =>
  build.add('Add', [build.add('Mul', [values, build.floats(0)]), build.floats(1)]);

function numberPoints(build: Builder, points: PointNumbers, count: number): string {
  const { output, table, batched, size, order, unit } = points;
  const { add } = build;
  const values = build.toFloat32(output);
  const rows =
    table === undefined
      ? values
      : table.anchorsFirst
        ? add('Reshape', [values, build.ints(batched ? 0 : 1, -1, table.columns)])
        : add('Transpose', [values], { perm: { ints: [0, 2, 1] } });
  const numbers = table === undefined ? rows : build.columns(rows, table.first, table.first + count * size);
  const shaped = add('Reshape', [numbers, build.ints(batched ? 0 : 1, -1, count, size)]);
  const pick = (...columns: number[]) =>
    add('Gather', [shaped, build.ints(...columns)], { axis: { int: 3 } });
  const places = add('Div', [order === 'xy' ? pick(0, 1) : pick(1, 0), build.floats(...unit)]);
  return add('Concat', [places, scoresOf(build, points, count, pick)], { axis: { int: 3 } });
}

/** [N, R, K, 1] */
function scoresOf(
  build: Builder,
  { batched, score, scores, activation }: PointNumbers,
  count: number,
  pick: (column: number) => string,
): string {
  const { add } = build;
  if (score === undefined && scores === undefined) {
    return sure(build, pick(0));
  }
  const raw =
    scores === undefined
      ? pick(score ?? 0)
      : add('Reshape', [build.toFloat32(scores), build.ints(batched ? 0 : 1, -1, count, 1)]);
  return toScores(build, raw, activation);
}

const toScores = (build: Builder, raw: string, activation: 'none' | 'sigmoid'): string =>
  activation === 'sigmoid'
    ? build.add('Sigmoid', [raw])
    : build.add('Clip', [raw, build.limit(0), build.limit(1)]);

/** [N, 1, K, 3], of the highest cell of each map, moved a little towards its higher neighbours. */
function mapPoints(build: Builder, maps: PointMaps, count: number): string {
  const { add } = build;
  const { width, height, isAligned } = maps;
  const values = build.toFloat32(maps.output);
  const perMap = maps.channelsLast ? add('Transpose', [values], { perm: { ints: [0, 3, 1, 2] } }) : values;
  const flat = add('Reshape', [perMap, build.ints(0, count, -1)]);
  const cell = add('ArgMax', [flat], { axis: { int: 2 }, keepdims: { int: 1 } });
  const row = add('Div', [cell, build.ints(width)]);
  const column = add('Sub', [cell, add('Mul', [row, build.ints(width)])]);
  const [x, y] = [build.toFloat32(column), build.toFloat32(row)];
  const at = build.toFloat32(cell);
  const valueAt = (steps: number) => {
    const moved = add('Clip', [
      add('Add', [at, build.floats(steps)]),
      build.limit(0),
      build.limit(width * height - 1),
    ]);
    const index = add('Cast', [moved], { to: { int: 7 } });
    return add('GatherElements', [flat, index], { axis: { int: 2 } });
  };
  const slope = (steps: number) => add('Sign', [add('Sub', [valueAt(steps), valueAt(-steps)])]);
  const isInside = add('Mul', [isWithin(build, x, width), isWithin(build, y, height)]);
  const refined = (place: string, steps: number) =>
    add('Add', [place, add('Mul', [add('Mul', [slope(steps), isInside]), build.floats(REFINED_BY)])]);
  const inPicture = (place: string, side: number) =>
    add('Div', [place, build.floats(isAligned ? Math.max(1, side - 1) : side)]);
  const score = add('GatherElements', [flat, cell], { axis: { int: 2 } });
  const points = add(
    'Concat',
    [
      inPicture(refined(x, 1), width),
      inPicture(refined(y, width), height),
      toScores(build, score, maps.activation),
    ],
    { axis: { int: 2 } },
  );
  return add('Reshape', [points, build.ints(0, 1, count, 3)]);
}

/** 1 where a cell is two or more from both ends of its axis, else 0: only there mmpose looks at its neighbours. */
function isWithin(build: Builder, place: string, side: number): string {
  const distance = build.add('Abs', [build.add('Sub', [place, build.floats(side / 2)])]);
  return build.toFloat32(build.add('Less', [distance, build.floats(side / 2 - 1.5)]));
}

/** The one thing of a picture, by its points [N, 1, K, 3]. */
function oneThing(build: Builder, points: string, { layout: { count }, presence }: KeypointHead): Candidates {
  const { add } = build;
  const all = add('Reshape', [points, build.ints(0, count, 3)]);
  const column = (at: number) => build.flat(build.columns(all, at, at + 1));
  const [x, y, scores] = [column(0), column(1), column(2)];
  const surestCount = sureCount(count);
  const [surest] = build.best(scores, surestCount);
  const score = add('MatMul', [
    surest,
    build.constant(
      float32(
        [surestCount, 1],
        Array.from({ length: surestCount }, () => 1 / surestCount),
      ),
    ),
  ]);
  const fails = add('Less', [scores, add('Mul', [score, build.floats(HOLDS_FROM)])]);
  const end = (places: string, isLargest: boolean) => {
    // Farther out than any point of the picture, on the other side.
    const holding = add('Where', [fails, build.floats(isLargest ? -FAR : FAR), places]);
    return build.best(holding, 1, isLargest)[0];
  };
  const corners = add('Concat', [end(x, false), end(y, false), end(x, true), end(y, true)], {
    axis: { int: 1 },
  });
  const isThere =
    presence &&
    toScores(
      build,
      add('Reshape', [build.toFloat32(presence.output), build.ints(-1, 1)]),
      presence.activation,
    );
  return {
    corners: add('Reshape', [corners, build.ints(0, 1, 4)]),
    scores: isThere ?? score,
    classes: add('Mul', [score, build.floats(0)]),
  };
}

const FAR = 1e6;
