import { type Box, iou } from '../../../../vision/geometry.ts';
import { instancesOf } from '../../../../vision/tasks/instanceSegmentation.ts';
import { areasOf } from '../../../../vision/tasks/semanticSegmentation.ts';
import type { ModelAnswer } from '../../../../vision/tasks/taskOf.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';
import { at } from '../../onnx/tensor.ts';
import { decodedAnchors } from './anchorReference.ts';
import { maxOverlapOf } from './gridHead.ts';
import { decodedRows } from './gridReference.ts';
import {
  type BoxOrder,
  type DetectionHead,
  type Head,
  isOneClassEach,
  MAX_DETECTIONS,
  MAX_SCORED_CANDIDATES,
  type PickedHead,
} from './head.ts';
import type { KeypointHead } from './keypointHead.ts';
import { activate, dataOf } from './outputValues.ts';
import { classMapOf, masksOf } from './referenceMasks.ts';

/**
 * What a head makes of a model's outputs for one picture, in plain JavaScript: what the back of a deployed graph is
 * compared with.
 */
export function referenceAnswer(
  head: Exclude<Head, KeypointHead>,
  outputs: Outputs,
  { labels, minScore }: { labels: readonly string[]; minScore: number },
): ModelAnswer {
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
      const kept = pick(candidates(head, outputs, minScore), maxOverlapOf(head), minScore);
      const detections = kept.map(({ corners, score, line }) => ({
        label: at(labels, line),
        score,
        box: boxInInput(corners),
      }));
      if ('masks' in head && head.masks) {
        return instancesOf(detections, masksOf(head.masks, head, outputs, kept));
      }
      return { task: 'object-detection', detections };
    }
    case 'semantic':
      return areasOf(classMapOf(head, outputs), labels);
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

export interface Candidate {
  /** Left, top, right, bottom in 0..1 of the input. */
  corners: Box;
  score: number;
  /** Of the labels file. */
  line: number;
  /** Of the output of boxes; absent where it is the first. */
  row?: number;
}

/** What a head reads from its outputs for one picture, before any is left out for having too much in common. */
export function candidates(head: DetectionHead, outputs: Outputs, minScore: number): Candidate[] {
  switch (head.head) {
    case 'yolo-v5':
    case 'yolo-v8': {
      const data = dataOf(outputs, head.output);
      const first = head.head === 'yolo-v5' ? 5 : 4;
      const rows = data.length / head.columns;
      const value = (row: number, column: number) =>
        at(data, head.anchorsFirst ? row * head.columns + column : column * rows + row);
      const score = (row: number, column: number) =>
        head.isLogits ? 1 / (1 + Math.exp(-value(row, column))) : value(row, column);
      return Array.from({ length: rows }, (_, row) => {
        let line = 0;
        for (let other = 1; other < head.classes; other++) {
          if (value(row, first + other) > value(row, first + line)) line = other;
        }
        return {
          corners: cornersOf([value(row, 0), value(row, 1), value(row, 2), value(row, 3)], head),
          score: score(row, first + line) * (first === 5 ? score(row, 4) : 1),
          line,
          row,
        };
      });
    }
    case 'ssd':
    case 'detr': {
      const isTable = head.boxes === head.scores;
      const columns = head.classes + (head.background === 'none' ? 0 : 1);
      const [boxStride, scoreStride, firstScore] = isTable ? [4 + columns, 4 + columns, 4] : [4, columns, 0];
      const boxes = dataOf(outputs, head.boxes);
      const raw = dataOf(outputs, head.scores);
      const skipped = head.background === 'first' ? 1 : 0;
      return Array.from({ length: head.anchors }, (_, anchor) => {
        const from = anchor * scoreStride + firstScore;
        const scores = activate(raw.subarray(from, from + columns), head.activation);
        const corners = cornersOf(boxes.subarray(anchor * boxStride, anchor * boxStride + 4), head);
        const named = Array.from(scores.subarray(skipped, skipped + head.classes));
        const best = isOneClassEach(head) ? named.indexOf(Math.max(...named)) : undefined;
        return named
          .map((score, line) => ({ corners, score, line, row: anchor }))
          .filter(({ score, line }) => score > minScore && (best === undefined || line === best));
      })
        .flat()
        .sort((a, b) => b.score - a.score)
        .slice(0, isOneClassEach(head) ? undefined : MAX_SCORED_CANDIDATES);
    }
    case 'grid':
    case 'anchors': {
      const isBestAlone = head.head === 'grid' && head.bestClassAlone;
      const rows = head.head === 'grid' ? decodedRows(head, outputs) : decodedAnchors(head, outputs);
      return rows
        .flatMap(({ box, scores }, row) => {
          const best = isBestAlone ? scores.indexOf(Math.max(...scores)) : undefined;
          const corners = cornersOf(box, head);
          return scores.flatMap((score, line) =>
            score > minScore && (best === undefined || best === line) ? { corners, score, line, row } : [],
          );
        })
        .sort((a, b) => b.score - a.score)
        .slice(0, isBestAlone ? undefined : MAX_SCORED_CANDIDATES);
    }
    case 'yolo-end-to-end':
    case 'boxes-scores-classes':
      return pickedRows(head, outputs)
        .map(({ box, score, number }, row) => ({
          row,
          corners: cornersOf(box, head),
          score,
          line: Math.trunc(number - head.firstClass),
        }))
        .filter(({ line }) => line >= 0 && line < head.classes);
    default:
      return head satisfies never;
  }
}

/** The rows of detections that were picked inside the model, as they stand there. */
export function pickedRows(
  { head, outputs: [first = '', second = '', third], columns }: PickedHead,
  outputs: Outputs,
): { box: Float64Array; score: number; number: number }[] {
  const data = dataOf(outputs, first);
  const isTable = head === 'yolo-end-to-end';
  const stride = isTable ? columns.count : third === undefined ? 5 : 4;
  const box = isTable ? columns.box : 0;
  const rest = isTable ? data : dataOf(outputs, second);
  const numbers = third === undefined ? rest : dataOf(outputs, third);
  return Array.from({ length: data.length / stride }, (_, row) => {
    const from = row * stride;
    return {
      box: data.subarray(from + box, from + box + 4),
      score: isTable
        ? at(data, from + columns.score)
        : third === undefined
          ? at(data, from + 4)
          : at(rest, row),
      number: !isTable ? at(numbers, row) : columns.class === undefined ? 0 : at(data, from + columns.class),
    };
  });
}

/** Left, top, right, bottom in 0..1 of the input. */
function cornersOf(
  box: ArrayLike<number>,
  { order, unit: [unitX, unitY] }: Pick<DetectionHead, 'order' | 'unit'>,
): Box {
  const [left, top, right, bottom] = inOrder(at(box, 0), at(box, 1), at(box, 2), at(box, 3), order);
  return [left / unitX, top / unitY, right / unitX, bottom / unitY];
}

function inOrder(a: number, b: number, c: number, d: number, order: BoxOrder): Box {
  switch (order) {
    case 'left-top-right-bottom':
      return [a, b, c, d];
    case 'top-left-bottom-right':
      return [b, a, d, c];
    case 'centre-width-height':
      return [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
    case 'left-top-width-height':
      return [a, b, a + c, b + d];
    default:
      return order satisfies never;
  }
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

export function boxInInput(corners: Box): Box {
  const [left, top, right, bottom] = corners.map((edge) => Math.min(1, Math.max(0, edge)));
  return asBox([left ?? 0, top ?? 0, right ?? 0, bottom ?? 0]);
}
