import type { ImportOptions } from '../../../../protocol/models.ts';
import type { AnchorHead } from './anchorHead.ts';
import type { GridHead } from './gridHead.ts';
import { type KeypointHead, pointOutputs } from './keypointHead.ts';
import type { Masks, RowMasks } from './maskForms.ts';

/** What turns the outputs of a model into those of a deployed graph; all that its decoding needs to know. */
export type Head =
  | ClassificationHead
  | EmbeddingHead
  | SemanticHead
  | DetectionHead
  | KeypointHead
  | DeployedHead;

export interface ClassificationHead {
  readonly kind: 'classification';
  /** Name of the model's output; C values for each picture, in whatever axes. */
  readonly output: string;
  readonly classes: number;
  readonly activation: 'none' | 'softmax' | 'sigmoid';
  /** The output is one number, the score of the second of two labels. */
  readonly isBinary: boolean;
}

export interface EmbeddingHead {
  readonly kind: 'embedding';
  readonly output: string;
  readonly size: number;
  /** The output is [N, tokens, size], of which the first is read, the class token; 1: it is one vector. */
  readonly tokens: number;
}

/** Scores of each class for each cell of a map over the input: [N, C, h, w], or [N, h, w, C] as TensorFlow has it. */
export interface SemanticHead {
  readonly kind: 'semantic';
  readonly output: string;
  readonly classes: number;
  readonly width: number;
  readonly height: number;
  readonly channelsLast: boolean;
  readonly activation: 'none' | 'softmax' | 'sigmoid';
  /** There is one number for each cell, the score of the second of two labels. */
  readonly isBinary: boolean;
}

/** The four outputs of a deployed detector (see vision/manifest.ts), as another Livelens has it: they stay as they are. */
export interface DeployedHead {
  readonly kind: 'deployed';
  /** Line count of the labels file. */
  readonly classes: number;
}
export const DEPLOYED_OUTPUTS = ['images', 'boxes', 'scores', 'classes'] as const;

export type DetectionHead = YoloHead | ScoredBoxesHead | PickedHead | GridHead | AnchorHead;

/** Names of the outputs that a head reads. */
export function outputsOf(head: Head): readonly string[] {
  if (head.kind === 'deployed') return DEPLOYED_OUTPUTS;
  if (head.kind === 'keypoints') {
    return [...new Set([...(head.boxes ? outputsOf(head.boxes) : []), ...pointOutputs(head)])];
  }
  const read = readBy(head);
  return 'masks' in head && head.masks ? [...read, head.masks.output] : read;
}

function readBy(head: Exclude<Head, DeployedHead | KeypointHead>): readonly string[] {
  if ('outputs' in head) return head.outputs;
  return 'boxes' in head ? [head.boxes, head.scores] : [head.output];
}

export interface Boxes {
  readonly kind: 'detection';
  /** Line count of the labels file. */
  readonly classes: number;
  readonly order: BoxOrder;
  /** What boxes are divided by to be in 0..1: the input's width and height in pixels, or 1 and 1. */
  readonly unit: readonly [x: number, y: number];
}

/** What the four numbers of a box are, in the order in which they stand. */
export type BoxOrder = NonNullable<ImportOptions['boxOrder']>;

/**
 * One table of all anchors, each with a box and scores. `yolo-v5`: a box, objectness, class scores (Ultralytics YOLOv5).
 * `yolo-v8`: the same without objectness (Ultralytics YOLOv8 to v12).
 */
export interface YoloHead extends Boxes {
  readonly head: 'yolo-v5' | 'yolo-v8';
  readonly output: string;
  /** [N, A, columns], as YOLOv5 has it, and not [N, columns, A], as YOLOv8 has it. */
  readonly anchorsFirst: boolean;
  /** How many numbers an anchor has; those behind the class scores are not read. */
  readonly columns: number;
  /** Scores come before the sigmoid. */
  readonly isLogits: boolean;
  /** Where each detection has a mask. */
  readonly masks?: Masks;
}

/**
 * Decoded boxes [N, A, 4] with scores for each class [N, A, C], of which several may hold. `ssd`: boxes of all anchors, to
 * be suppressed. `detr`: boxes of queries, which are trained not to overlap (Carion et al. 2020, arXiv 2005.12872).
 */
export interface ScoredBoxesHead extends Boxes {
  readonly head: 'ssd' | 'detr';
  readonly boxes: string;
  /** The name of `boxes` where both stand in one table [N, A, 4 + C]. */
  readonly scores: string;
  readonly anchors: number;
  /** Which column stands for "nothing" and has no label. */
  readonly background: 'none' | 'first' | 'last';
  readonly activation: 'none' | 'softmax' | 'sigmoid';
  /** Where each query has a mask. */
  readonly masks?: RowMasks;
  /** Each box stands for the best of its scores, as OWL-ViT's authors read them. */
  readonly bestClassAlone?: boolean;
}

/** Queries of DETRs with a class for "nothing" stand for their best class alone; of others several may hold. */
export const isOneClassEach = ({ head, background, bestClassAlone }: ScoredBoxesHead): boolean =>
  bestClassAlone === true || (head === 'detr' && background === 'last');

/**
 * Detections that were picked inside the model. `yolo-end-to-end`: one table [N, R, columns], or [R, columns] for one
 * picture. `boxes-scores-classes`: three outputs [N, R, 4], [N, R], [N, R], as TensorFlow's Object Detection API and
 * torchvision give them, there without the batch's axis; or two, [N, R, 5] with the score behind the box, and [N, R].
 */
export interface PickedHead extends Boxes {
  readonly head: 'yolo-end-to-end' | 'boxes-scores-classes';
  /** One name for `yolo-end-to-end`, else boxes, scores, classes, or boxes with scores, classes. */
  readonly outputs: readonly string[];
  /** Where things stand in the table of `yolo-end-to-end`. */
  readonly columns: PickedColumns;
  /** Whether the first axis is the batch's. */
  readonly batched: boolean;
  /** The number of the first label's class. */
  readonly firstClass: number;
  /** Where each detection has a mask; prototypes of a table alone. */
  readonly masks?: Masks;
}

export interface PickedColumns {
  /** The first of four. */
  readonly box: number;
  readonly score: number;
  /** Absent where there is one class. */
  readonly class?: number;
  /** How many there are. */
  readonly count: number;
}

/** Ultralytics' order, from YOLOv10 on: corners, score, class. */
export const END_TO_END: Required<PickedColumns> = { box: 0, score: 4, class: 5, count: 6 };

/** A YOLO drops boxes that overlap more than this by default; torchvision's and TensorFlow's SSD use 0.45 to 0.6. */
export const MAX_OVERLAP: Readonly<Record<Exclude<DetectionHead, GridHead | AnchorHead>['head'], number>> = {
  'yolo-v5': 0.45,
  'yolo-v8': 0.7,
  ssd: 0.5,
  // Trained to answer once.
  detr: 1,
  // Picked already.
  'yolo-end-to-end': 1,
  'boxes-scores-classes': 1,
};
export const MAX_DETECTIONS = 100;
/** Candidates of one picture that take part in the suppression, of heads of the kind `ScoredBoxesHead`. */
export const MAX_SCORED_CANDIDATES = 1_000;
