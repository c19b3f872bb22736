import { type Box, iou } from '../../../../vision/geometry.ts';
import type { Answer } from '../../../../vision/manifest.ts';
import type { Outputs } from '../sourceSession.ts';
import { at } from '../tensor.ts';
import { type DetectionHead, type Head, MAX_DETECTIONS, MAX_OVERLAP, MAX_SSD_CANDIDATES } from './head.ts';

/**
 * What a head makes of a model's outputs for one picture, in plain JavaScript: what the back of a deployed graph is
 * held against.
 */
export function referenceAnswer(
  head: Head,
  outputs: Outputs,
  { labels, minScore }: { labels: readonly string[]; minScore: number },
): Answer {
  switch (head.kind) {
    case 'embedding':
      return {
        task: 'image-embedding',
        embedding: Float32Array.from(dataOf(outputs, head.output).subarray(0, head.size)),
      };
    case 'classification': {
      const scores = activate(dataOf(outputs, head.output), head.activation);
      const all = head.isBinary ? [1 - at(scores, 0), at(scores, 0)] : scores;
      return { task: 'image-classification', scores: Float32Array.from(all) };
    }
    case 'detection': {
      const detections = pick(candidates(head, outputs, minScore), MAX_OVERLAP[head.head], minScore).map(
        ({ corners, score, line }) => ({ label: at(labels, line), score, box: boxInInput(corners) }),
      );
      return { task: 'object-detection', detections };
    }
    case 'deployed': {
      const boxes = dataOf(outputs, 'boxes');
      const classes = dataOf(outputs, 'classes');
      const detections = Array.from(dataOf(outputs, 'scores'), (score, row) => {
        const [x = 0, y = 0, width = 0, height = 0] = boxes.subarray(row * 4, row * 4 + 4);
        return { label: at(labels, at(classes, row)), score, box: [x, y, width, height] as const };
      });
      return { task: 'object-detection', detections };
    }
    default:
      return head satisfies never;
  }
}

const dataOf = (outputs: Outputs, name: string): Float64Array =>
  outputs.get(name)?.data ?? new Float64Array(0);

function activate(values: Float64Array, activation: 'none' | 'softmax' | 'sigmoid'): Float64Array {
  if (activation === 'none') return values.map((value) => Math.min(1, Math.max(0, value)));
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

export interface Candidate {
  /** Left, top, right, bottom in 0..1 of the input. */
  corners: Box;
  score: number;
  /** Of the labels file. */
  line: number;
}

/** What a head reads from its outputs for one picture, before any is left out for having too much in common. */
export function candidates(head: DetectionHead, outputs: Outputs, minScore: number): Candidate[] {
  const [unitX, unitY] = head.unit;
  switch (head.head) {
    case 'yolo-v5':
    case 'yolo-v8': {
      const data = dataOf(outputs, head.output);
      const first = head.head === 'yolo-v5' ? 5 : 4;
      const columns = first + head.classes;
      const rows = data.length / columns;
      const value = (row: number, column: number) =>
        at(data, head.head === 'yolo-v5' ? row * columns + column : column * rows + row);
      const score = (row: number, column: number) =>
        head.isLogits ? 1 / (1 + Math.exp(-value(row, column))) : value(row, column);
      return Array.from({ length: rows }, (_, row) => {
        let line = 0;
        for (let other = 1; other < head.classes; other++) {
          if (value(row, first + other) > value(row, first + line)) line = other;
        }
        const [x, y] = [value(row, 0) / unitX, value(row, 1) / unitY];
        const [halfWidth, halfHeight] = [value(row, 2) / unitX / 2, value(row, 3) / unitY / 2];
        return {
          corners: [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight],
          score: score(row, first + line) * (first === 5 ? score(row, 4) : 1),
          line,
        };
      });
    }
    case 'ssd': {
      const boxes = dataOf(outputs, head.boxes);
      const skipped = head.hasBackground ? 1 : 0;
      const columns = head.classes + skipped;
      const raw = dataOf(outputs, head.scores);
      return Array.from({ length: head.anchors }, (_, anchor) => {
        const scores = activate(raw.subarray(anchor * columns, (anchor + 1) * columns), head.activation);
        const corners = cornersOf(boxes, anchor * 4, head);
        return Array.from(scores.subarray(skipped), (score, line) => ({ corners, score, line })).filter(
          ({ score }) => score > minScore,
        );
      })
        .flat()
        .sort((a, b) => b.score - a.score)
        .slice(0, MAX_SSD_CANDIDATES);
    }
    case 'yolo-end-to-end':
    case 'boxes-scores-classes': {
      const [first = '', second = '', third = ''] = head.outputs;
      const isOne = head.head === 'yolo-end-to-end';
      const boxes = dataOf(outputs, first);
      const scores = isOne ? boxes.filter((_, i) => i % 6 === 4) : dataOf(outputs, second);
      const numbers = isOne ? boxes.filter((_, i) => i % 6 === 5) : dataOf(outputs, third);
      return Array.from(scores, (score, row) => ({
        corners: cornersOf(boxes, row * (isOne ? 6 : 4), head),
        score,
        line: Math.trunc(at(numbers, row) - head.firstClass),
      })).filter(({ line }) => line >= 0 && line < head.classes);
    }
    default:
      return head satisfies never;
  }
}

function cornersOf(
  data: Float64Array,
  from: number,
  { order, unit: [unitX, unitY] }: Extract<DetectionHead, { order: unknown }>,
): Box {
  const [a = 0, b = 0, c = 0, d = 0] = data.subarray(from, from + 4);
  return order === 'left-top-right-bottom'
    ? [a / unitX, b / unitY, c / unitX, d / unitY]
    : [b / unitX, a / unitY, d / unitX, c / unitY];
}

/** Greedy non-maximum suppression within each class: those of `all` that are kept, the surest first. */
export function pick(all: Candidate[], maxOverlap: number, minScore: number): Candidate[] {
  const kept: Candidate[] = [];
  const byScore = all.filter(({ score }) => score > minScore).sort((a, b) => b.score - a.score);
  for (const candidate of byScore) {
    if (kept.length === MAX_DETECTIONS) break;
    const overlaps = (other: Candidate) =>
      other.line === candidate.line && iou(asBox(other.corners), asBox(candidate.corners)) > maxOverlap;
    if (!kept.some(overlaps)) kept.push(candidate);
  }
  return kept;
}

export const asBox = ([left, top, right, bottom]: Box): Box => [left, top, right - left, bottom - top];

function boxInInput(corners: Box): Box {
  const [left, top, right, bottom] = corners.map((edge) => Math.min(1, Math.max(0, edge)));
  return asBox([left ?? 0, top ?? 0, right ?? 0, bottom ?? 0]);
}
