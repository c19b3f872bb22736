/**
 * Masks as YOLACT and Ultralytics write them (Bolya et al. 2019, arXiv 1904.02689): maps of prototypes for the whole input,
 * and for each detection how much of each its mask is, before the sigmoid.
 */
export interface Prototypes {
  readonly form: 'prototypes';
  readonly output: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** [N, h, w, count], as TensorFlow has it. */
  readonly channelsLast: boolean;
  /** The column of the table from which on a detection's coefficients stand. */
  readonly first: number;
}

/**
 * A map for each row of boxes, in the same order, with as many numbers in front as there are rows: [N, R, h, w], [R, 1, h, w] and
 * the like. `input`: over the whole input, as RF-DETR gives logits at a quarter of its size, and torchvision probabilities at
 * its size. `box`: over the row's box, as Mask R-CNN computes it (He et al. 2017, arXiv 1703.06870), mostly of 28x28 cells.
 */
export interface RowMasks {
  readonly form: 'rows';
  readonly output: string;
  readonly over: 'input' | 'box';
  readonly width: number;
  readonly height: number;
  readonly activation: 'none' | 'sigmoid';
  /** Pixels of the model's input. */
  readonly inputSize: PlaneSize;
}

export type Masks = Prototypes | RowMasks;

export interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

/** Masks and maps of classes have no more cells a side: outlines need no more, and each costs time. */
const MAX_MAP_SIDE = 160;

/** The size of a map in a deployed graph. */
export function mapSize({ width, height }: PlaneSize): PlaneSize {
  const by = Math.min(1, MAX_MAP_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

/** The size of masks in a deployed graph. */
export const maskSize = (masks: Masks): PlaneSize =>
  mapSize(masks.form === 'rows' && masks.over === 'box' ? masks.inputSize : masks);

/** Boxes have at least this side when a map is put into one, in 0..1 of the input: one without a side has no place for it. */
export const LEAST_SIDE = 1e-6;
