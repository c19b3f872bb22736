import { type AnchorFamily, type AnchorGrid, anchorsOfGrids } from './anchors.ts';
import type { Boxes } from './head.ts';

/**
 * How the rows of anchors stand in an output. `rows`: [N, rows, count], or [N, h, w, anchors * count], which is the same in
 * memory. `maps`: [N, anchors * count, h, w]. `columns`: [N, count, rows], in which all cells follow each other for one of the
 * anchors, and then for the next, as a convolution's channels do.
 */
export type RowLayout = 'rows' | 'maps' | 'columns';

/** Outputs of `count` numbers for each anchor, one for each grid, or one for all. */
export interface AnchorRows {
  readonly outputs: readonly string[];
  readonly count: number;
  readonly layout: RowLayout;
}

/** Boxes relative to anchors, before decoding, with scores for each class. */
export interface AnchorHead extends Boxes {
  readonly head: 'anchors';
  /** Of the decoded boxes, as `unit`. */
  readonly order: 'left-top-right-bottom';
  readonly family: AnchorFamily;
  /** Names of all outputs that are read. */
  readonly outputs: readonly string[];
  readonly anchors: number;
  readonly grids: readonly AnchorGrid[];
  readonly boxes: AnchorRows;
  readonly scores: AnchorRows;
  /** Whether the first column of scores stands for "nothing" and has no label. */
  readonly background: 'none' | 'first';
  readonly activation: 'none' | 'sigmoid' | 'softmax';
}

/**
 * What the four numbers of a box mean. `centre`: how far its centre is from the anchor's, in sides of the anchor, and the
 * logarithms of its sides in those of the anchor (Girshick et al. 2014, arXiv 1311.2524, appendix C). `corners`: how far each edge is
 * from the anchor's.
 */
export interface BoxCode {
  readonly kind: 'centre' | 'corners';
  /** y comes before x, and height before width. */
  readonly yFirst: boolean;
  /** What the first and the last two numbers are multiplied by: the variances of SSD. */
  readonly place: number;
  readonly size: number;
  /** Logarithms are cut to this, so that no side gets endless. */
  readonly maxLogarithm: number | undefined;
  /** Boxes are cut to the picture before those that overlap are compared. */
  readonly isCut: boolean;
  /** Of two boxes of one class that have more of their union in common, the one of the lower score goes. */
  readonly maxOverlap: number;
}

const CENTRE = { kind: 'centre', yFirst: false, place: 1, size: 1, maxLogarithm: undefined } as const;
const SSD = { ...CENTRE, place: 0.1, size: 0.2 } as const;
/** torchvision/models/detection/_utils.py, BoxCoder. */
const MAX_LOGARITHM = Math.log(1000 / 16);

/** As the authors of each decode it; deploy/heads/anchors.ts names where. */
const CODES = {
  efficientdet: { ...CENTRE, yFirst: true, isCut: true, maxOverlap: 0.5 },
  'retinanet-torchvision': { ...CENTRE, maxLogarithm: MAX_LOGARITHM, isCut: true, maxOverlap: 0.5 },
  // keras_retinanet/backend/common.py, bbox_transform_inv.
  'retinanet-keras': { ...CENTRE, kind: 'corners', place: 0.2, size: 0.2, isCut: true, maxOverlap: 0.5 },
  ssd300: { ...SSD, maxLogarithm: MAX_LOGARITHM, isCut: true, maxOverlap: 0.45 },
  'ssd300-voc': { ...SSD, isCut: false, maxOverlap: 0.45 },
  ssdlite320: { ...SSD, maxLogarithm: MAX_LOGARITHM, isCut: true, maxOverlap: 0.55 },
  'ssd-tensorflow': { ...SSD, yFirst: true, isCut: false, maxOverlap: 0.6 },
} as const satisfies Record<AnchorFamily, BoxCode>;

export const boxCodeOf = ({ family }: AnchorHead): BoxCode => CODES[family];

/** The anchor of each row. */
export const anchorsOfHead = ({ grids, boxes }: AnchorHead) =>
  anchorsOfGrids(grids, boxes.layout === 'columns');
