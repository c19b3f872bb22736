/** What turns the outputs of a model into those of a deployed graph; all that its decoding needs to know. */
export type Head = ClassificationHead | EmbeddingHead | DetectionHead | DeployedHead;

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

/** The four outputs of a deployed detector (see vision/manifest.ts), as another Livelens has it: they stay as they are. */
export interface DeployedHead {
  readonly kind: 'deployed';
  /** Line count of the labels file. */
  readonly classes: number;
}
export const DEPLOYED_OUTPUTS = ['images', 'boxes', 'scores', 'classes'] as const;

export type DetectionHead = YoloHead | SsdHead | ReadyHead;

/** Names of the outputs that a head reads. */
export function outputsOf(head: Head): readonly string[] {
  if (head.kind === 'deployed') return DEPLOYED_OUTPUTS;
  if ('outputs' in head) return head.outputs;
  return 'boxes' in head ? [head.boxes, head.scores] : [head.output];
}

interface Boxes {
  readonly kind: 'detection';
  /** Line count of the labels file. */
  readonly classes: number;
  /** What boxes are divided by to be in 0..1: the input's width and height in pixels, or 1 and 1. */
  readonly unit: readonly [x: number, y: number];
}

/**
 * `yolo-v5`: [N, A, 5 + C], centre x, centre y, width, height, objectness, class scores (Ultralytics YOLOv5).
 * `yolo-v8`: [N, 4 + C, A], the same without objectness (Ultralytics YOLOv8 to v11).
 */
export interface YoloHead extends Boxes {
  readonly head: 'yolo-v5' | 'yolo-v8';
  readonly output: string;
  /** Scores come before the sigmoid. */
  readonly isLogits: boolean;
}

/** Decoded boxes of all anchors, [N, A, 4], with scores for each class, [N, A, C], of which several may hold. */
export interface SsdHead extends Boxes {
  readonly head: 'ssd';
  readonly boxes: string;
  readonly scores: string;
  readonly order: BoxOrder;
  readonly anchors: number;
  /** The first column stands for "nothing" and has no label. */
  readonly hasBackground: boolean;
  readonly activation: 'none' | 'softmax' | 'sigmoid';
}

/** The corners of a box, in the order in which they stand. */
export type BoxOrder = 'left-top-right-bottom' | 'top-left-bottom-right';

/**
 * Detections that were picked inside the model. `yolo-end-to-end`: one output [N, R, 6] of corners, score, class.
 * `boxes-scores-classes`: three outputs [N, R, 4], [N, R], [N, R], as TensorFlow's Object Detection API and torchvision
 * give them, there without the batch's axis.
 */
export interface ReadyHead extends Boxes {
  readonly head: 'yolo-end-to-end' | 'boxes-scores-classes';
  /** One name for `yolo-end-to-end`, else boxes, scores, classes. */
  readonly outputs: readonly string[];
  readonly order: BoxOrder;
  /** Whether the first axis is the batch's. */
  readonly batched: boolean;
  /** The number of the first label's class. */
  readonly firstClass: number;
}

/** A YOLO drops boxes that overlap more than this by default; torchvision's and TensorFlow's SSD use 0.45 to 0.6. */
export const MAX_OVERLAP: Readonly<Record<DetectionHead['head'], number>> = {
  'yolo-v5': 0.45,
  'yolo-v8': 0.7,
  ssd: 0.5,
  // Picked already.
  'yolo-end-to-end': 1,
  'boxes-scores-classes': 1,
};
export const MAX_DETECTIONS = 100;
/** SSD candidates of one picture that take part in the suppression. */
export const MAX_SSD_CANDIDATES = 1_000;
