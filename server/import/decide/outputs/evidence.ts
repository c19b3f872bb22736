import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { BoxOrder, DetectionHead } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import type { Inspection } from '../../onnx/inspect.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import type { Known, Output } from './found.ts';
import type { LabelFacts } from './labelFacts.ts';

/** All that shows how the outputs of a detector are to be read. */
export interface Evidence {
  readonly outputs: readonly Output[];
  readonly inspection: Inspection;
  readonly arrangement: Arrangement;
  readonly known: Known;
  readonly labels: LabelFacts;
}

/** How outputs are read, what speaks for it, and which of the others it explains without reading them. */
export interface Reading<H extends DetectionHead = DetectionHead> {
  readonly head: H;
  readonly why: Sentence;
  readonly explains: readonly string[];
}

/** An error that says which family of models the outputs look like, and what can be done. */
export const looksLike = (family: Sentence, advice: Sentence): ImportError =>
  new ImportError('unsupported_model', aboutOutputs('resembles', { family, advice }));

/** Detections of this score count as evidence; what is below is often only a filling. */
export const COUNTS_FROM = 0.05;

/** How many rows more than the model's own picks: fewer than any detector has anchors. */
export const MAX_PICKED = 1_000;

/** A column of a table, over all samples. */
export function columnOf({ dims, samples }: Output, column: number): number[] {
  const count = dims.at(-1) ?? 1;
  return samples.flatMap((data) =>
    Array.from({ length: Math.floor(data.length / count) }, (_, row) => data[row * count + column] ?? 0),
  );
}

/** All numbers of an output, over all samples. */
export const numbersOf = ({ samples }: Output): number[] => samples.flatMap((data) => Array.from(data));

export const areWhole = (values: readonly number[]): boolean => values.every(Number.isInteger);
/** Halves may round a little past 0 and 1. */
const isScore = (value: number): boolean => value >= -0.01 && value <= 1.01;
export const areScores = (values: readonly number[] | Float64Array): boolean => values.every(isScore);
export const isWholeType = ({ dtype }: Output): boolean => /^u?int/.test(dtype);

/** The rows of four numbers that stand in an output, from a column on, over all samples. */
export function boxesOf(output: Output, from = 0): number[][] {
  const columns = [0, 1, 2, 3].map((at) => columnOf(output, from + at));
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? 0));
}

/** Boxes reach out of a picture by no more than this, in sides of the picture. */
const MAX_OUTSIDE = 1;
/** Rounding; in parts of the box's own numbers. */
const TOLERANCE = 1e-3;

/** Which share of boxes can be meant in an order: the right edge not before the left, and near the picture. */
export function shareInOrder(
  boxes: readonly (readonly number[])[],
  order: BoxOrder,
  [unitX, unitY]: readonly [number, number],
): number {
  if (boxes.length === 0) return 1;
  const units = order === 'top-left-bottom-right' ? [unitY, unitX] : [unitX, unitY];
  const isBox = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) =>
    [
      [a, c],
      [b, d],
    ].every(([first = 0, second = 0], axis) => {
      const unit = units[axis] ?? 1;
      const eps = TOLERANCE * Math.max(unit, Math.abs(first));
      const [start, end] =
        order === 'centre-width-height'
          ? [first - second / 2, first + second / 2]
          : order === 'left-top-width-height'
            ? [first, first + second]
            : [first, second];
      return end >= start - eps && start >= -MAX_OUTSIDE * unit && end <= (1 + MAX_OUTSIDE) * unit;
    });
  return boxes.filter(isBox).length / boxes.length;
}

/** Boxes in 0..1 may reach out of the picture; those in pixels reach further than this. */
const MAX_RELATIVE = 4;

/** What boxes are to be divided by, by their largest number; `usual` where there is none. */
export function unitOf(
  boxes: Iterable<number>,
  { width, height }: Pick<Arrangement, 'width' | 'height'>,
  usual: readonly [number, number] = [width, height],
): readonly [number, number] {
  let largest = 0;
  for (const value of boxes) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return usual;
  return largest > MAX_RELATIVE ? [width, height] : [1, 1];
}

/** How many cells grids of these strides have together, in pixels of the input. */
export const cellCount = (
  { width, height }: Pick<Arrangement, 'width' | 'height'>,
  strides: readonly number[],
): number => strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0);

/** The strides of YOLO's grids, and those of models with one more level. */
export const STRIDES = [8, 16, 32] as const;
export const STRIDES_TO_64 = [8, 16, 32, 64] as const;

/**
 * Whether columns of a table are scores of 0..1, numbers before a sigmoid or softmax, or some of them scores and others
 * something else.
 */
export function columnKinds(
  { dims, samples }: Output,
  from: number,
  to: number,
): 'scores' | 'logits' | 'mixed' {
  const count = dims.at(-1) ?? 1;
  const kinds = Array.from({ length: to - from }, () => true);
  for (const data of samples) {
    for (let row = 0; row + count <= data.length; row += count) {
      for (let column = from; column < to; column++) {
        if (!isScore(data[row + column] ?? 0)) kinds[column - from] = false;
      }
    }
  }
  if (kinds.every(Boolean)) return 'scores';
  return kinds.some(Boolean) ? 'mixed' : 'logits';
}

/** @throws ImportError where detections that count have a class that no label names: then the others are off, too */
export function requireLabels(
  classes: readonly number[],
  scores: readonly number[],
  firstClass: number,
  { labels, known }: Evidence,
): void {
  const { count } = labels;
  if (count === undefined || known.head !== undefined) return;
  const found = classes.filter((_, row) => (scores[row] ?? 0) > COUNTS_FROM);
  const most = found.reduce((a, b) => Math.max(a, b), -1);
  if (most < firstClass + count) return;
  throw new ImportError(
    'needs_options',
    aboutOutputs('class_without_label', {
      found: most,
      count,
      first: firstClass,
      last: firstClass + count - 1,
    }),
  );
}
