import { boxCodeOf } from './anchorHead.ts';
import { type Boxes, type DetectionHead, MAX_OVERLAP } from './head.ts';

/** Cells of the grids that a detector divides its input into: level after level, row after row. */
export interface Cells {
  /** Pixels of the input. */
  readonly width: number;
  readonly height: number;
  /** One entry for each grid: the side of a cell, in pixels of the input, and how many anchors each cell has. */
  readonly grids: readonly { readonly stride: number; readonly perCell: number }[];
  /** Where in its cell an anchor stands: 0 its left top corner, 0.5 its centre. */
  readonly offset: 0 | 0.5;
}

/** Columns `from` to `to` (not included) of tables [N, rows, count], one for each grid, or one for all. */
export interface Columns {
  readonly outputs: readonly string[];
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What stands for a box. `logarithms`: the centre's distance from the anchor in strides, and the logarithms of width and height
 * in strides. `pixels`: the same in pixels, without logarithms. `distances`: from the anchor to left, top, right and bottom, in
 * strides. `distributions`: the same four, each as numbers before a softmax over 0, 1, 2 ... strides, whose mean is the
 * distance (Li et al. 2020, arXiv 2006.04388).
 */
export type BoxCoding = 'logarithms' | 'pixels' | 'distances' | 'distributions';

/** Boxes for the cells of grids, before decoding, with a score for each class. */
export interface GridHead extends Boxes {
  readonly head: 'grid';
  /** Of the decoded boxes, as `unit`. */
  readonly order: 'left-top-right-bottom';
  readonly family: GridFamily;
  /** Names of all outputs that are read. */
  readonly outputs: readonly string[];
  /** Whether the first axis of the outputs is the batch's. */
  readonly batched: boolean;
  readonly anchors: number;
  readonly cells: Cells;
  readonly coding: BoxCoding;
  readonly boxes: Columns;
  readonly scores: Columns;
  /** A score of the box itself; `root`: the square root of the product is the score, not the product. */
  readonly objectness: (Columns & { readonly root: boolean }) | undefined;
  readonly activation: 'none' | 'sigmoid';
  /** An anchor stands for its best class alone, as in YOLOX; else for each class whose score is high enough. */
  readonly bestClassAlone: boolean;
}

/** Boxes of one class that overlap more are suppressed, as the authors of each do it (sources: decide/outputs/grids.ts). */
const MAX_GRID_OVERLAP = {
  yolox: 0.45,
  nanodet: 0.6,
  picodet: 0.5,
  yunet: 0.3,
  scrfd: 0.4,
  mediapipe: 0.3,
} as const;
export type GridFamily = keyof typeof MAX_GRID_OVERLAP;

/** Of two boxes of one class that have more of their union in common, the one of the lower score goes. */
export function maxOverlapOf(head: DetectionHead): number {
  if (head.head === 'anchors') return boxCodeOf(head).maxOverlap;
  return head.head === 'grid' ? MAX_GRID_OVERLAP[head.family] : MAX_OVERLAP[head.head];
}

/** Where the anchors of all grids stand: x, y and the stride of each, in pixels of the input. */
export function anchorsOf({ width, height, grids, offset }: Cells): [number, number, number][] {
  return grids.flatMap(({ stride, perCell }) => {
    const [across, down] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    return Array.from({ length: across * down * perCell }, (_, at): [number, number, number] => {
      const cell = Math.floor(at / perCell);
      return [((cell % across) + offset) * stride, (Math.floor(cell / across) + offset) * stride, stride];
    });
  });
}
