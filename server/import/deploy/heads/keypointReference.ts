import type { ModelAnswer } from '../../../../vision/tasks/taskOf.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import { at } from '../../onnx/tensor.ts';
import { anchorsOf, maxOverlapOf } from './gridHead.ts';
import { rowsOf } from './gridReference.ts';
import {
  type GridPoints,
  HOLDS_FROM,
  type KeypointHead,
  type PointMaps,
  type PointNumbers,
  REFINED_BY,
  sureCount,
} from './keypointHead.ts';
import { dataOf } from './outputValues.ts';
import { boxInInput, type Candidate, candidates, pick } from './reference.ts';

type Point = [x: number, y: number, score: number];

/** What a head makes of a model's outputs for one picture, in plain JavaScript. */
export function keypointAnswer(
  head: KeypointHead,
  outputs: Outputs,
  { labels, minScore }: { labels: readonly string[]; minScore: number },
): ModelAnswer {
  const { boxes, presence } = head;
  const read = readerOf(head, outputs);
  const isThere = presence && scoreOf(at(dataOf(outputs, presence.output), 0), presence.activation);
  const found: Candidate[] =
    boxes === undefined ? [oneThing(read(0), isThere)] : candidates(boxes, outputs, minScore);
  const kept = pick(found, boxes === undefined ? 1 : maxOverlapOf(boxes), minScore);
  const poses = kept.map((candidate) => ({
    label: at(labels, candidate.line),
    score: candidate.score,
    box: boxInInput(candidate.corners),
    points: read(candidate.row ?? 0).flat(),
  }));
  return { task: 'keypoint-detection', poses };
}

/** Gives the points of a row. */
function readerOf({ points, layout: { count } }: KeypointHead, outputs: Outputs): (row: number) => Point[] {
  switch (points.form) {
    case 'maps':
      return () => mapPoints(points, outputs, count);
    case 'numbers':
      return (row) => numberPoints(points, outputs, count, row);
    case 'grid':
      return gridPoints(points, outputs, count);
    default:
      return points satisfies never;
  }
}

function gridPoints(points: GridPoints, outputs: Outputs, count: number): (row: number) => Point[] {
  const { columns, cells, per, unit } = points;
  const anchors = anchorsOf(cells);
  const rows = rowsOf(columns, outputs);
  return (row) => {
    const [x = 0, y = 0, stride = 1] = anchors[row] ?? [];
    const numbers = rows[row] ?? [];
    const by = per === 'pixel' ? 1 : stride;
    return Array.from(
      { length: count },
      (_, point): Point => [
        (x + by * at(numbers, 2 * point)) / unit[0],
        (y + by * at(numbers, 2 * point + 1)) / unit[1],
        1,
      ],
    );
  };
}

const scoreOf = (raw: number, activation: 'none' | 'sigmoid'): number =>
  activation === 'sigmoid' ? 1 / (1 + Math.exp(-raw)) : Math.min(1, Math.max(0, raw));

function numberPoints(points: PointNumbers, outputs: Outputs, count: number, row: number): Point[] {
  const { output, table, size, order, score, scores, activation, unit } = points;
  const data = dataOf(outputs, output);
  const value = (column: number): number => {
    if (table === undefined) return at(data, row * count * size + column);
    const { first, columns, anchorsFirst } = table;
    const rows = data.length / columns;
    return at(data, anchorsFirst ? row * columns + first + column : (first + column) * rows + row);
  };
  return Array.from({ length: count }, (_, point): Point => {
    const place = [value(point * size), value(point * size + 1)];
    const [x = 0, y = 0] = order === 'xy' ? place : place.reverse();
    const raw =
      scores !== undefined
        ? at(dataOf(outputs, scores), row * count + point)
        : score === undefined
          ? undefined
          : value(point * size + score);
    return [x / unit[0], y / unit[1], raw === undefined ? 1 : scoreOf(raw, activation)];
  });
}

function mapPoints(maps: PointMaps, outputs: Outputs, count: number): Point[] {
  const { width, height, channelsLast, isAligned, activation } = maps;
  const data = dataOf(outputs, maps.output);
  return Array.from({ length: count }, (_, point): Point => {
    const value = (x: number, y: number) =>
      at(data, channelsLast ? (y * width + x) * count + point : (point * height + y) * width + x);
    let [bestX, bestY] = [0, 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) if (value(x, y) > value(bestX, bestY)) [bestX, bestY] = [x, y];
    }
    let [x, y] = [bestX, bestY];
    if (bestX > 1 && bestX < width - 1 && bestY > 1 && bestY < height - 1) {
      x += REFINED_BY * Math.sign(value(bestX + 1, bestY) - value(bestX - 1, bestY));
      y += REFINED_BY * Math.sign(value(bestX, bestY + 1) - value(bestX, bestY - 1));
    }
    const less = isAligned ? 1 : 0;
    return [
      x / Math.max(1, width - less),
      y / Math.max(1, height - less),
      scoreOf(value(bestX, bestY), activation),
    ];
  });
}

function oneThing(points: readonly Point[], presence: number | undefined): Candidate {
  const sure = sureCount(points.length);
  const surest = points.map(([, , score]) => score).sort((a, b) => b - a);
  const score = surest.slice(0, sure).reduce((sum, one) => sum + one, 0) / sure;
  const holding = points.filter((point) => point[2] >= score * HOLDS_FROM);
  const xs = holding.map(([x]) => x);
  const ys = holding.map(([, y]) => y);
  return {
    corners: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
    score: presence ?? score,
    line: 0,
  };
}
