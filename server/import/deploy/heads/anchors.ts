import type { ImportOptions } from '../../../../protocol/models.ts';

/** Whose anchors the boxes of a detector are relative to. */
export type AnchorFamily = NonNullable<ImportOptions['anchors']>;

/** The anchors of one grid. All lengths are pixels of the input. */
export interface AnchorGrid {
  readonly across: number;
  readonly down: number;
  /** From one anchor to the next, and where the first stands. */
  readonly stepX: number;
  readonly stepY: number;
  readonly firstX: number;
  readonly firstY: number;
  /** Width and height of each anchor of a cell, in the order in which their numbers stand. */
  readonly sizes: readonly (readonly [width: number, height: number])[];
}

/** An anchor: its centre and size, in pixels of the input. */
export type Anchor = readonly [x: number, y: number, width: number, height: number];

interface Size {
  readonly width: number;
  readonly height: number;
}

const LEVELS = [3, 4, 5, 6, 7];
const OCTAVE = [0, 1, 2].map((third) => 2 ** (third / 3));

/** Where a family has anchors, grid after grid; undefined where it has none for inputs of that size. */
export function anchorGrids(family: AnchorFamily, input: Size): AnchorGrid[] | undefined {
  switch (family) {
    case 'efficientdet':
      return efficientDet(input);
    case 'retinanet-torchvision':
      return torchvisionRetinaNet(input);
    case 'retinanet-keras':
      return kerasRetinaNet(input);
    case 'ssd300':
      return defaultBoxes(input, SSD300, [21, 45, 99, 153, 207, 261, 315]);
    case 'ssd300-voc':
      return defaultBoxes(input, SSD300, [30, 60, 111, 162, 213, 264, 315]);
    case 'ssdlite320':
      return ssdLite(input);
    case 'ssd-tensorflow':
      return tensorFlowSsd(input);
    default:
      return family satisfies never;
  }
}

/** google/automl, efficientdet/anchors.py, and rwightman/efficientdet-pytorch, effdet/anchors.py: scales, then shapes. */
function efficientDet({ width, height }: Size): AnchorGrid[] {
  const shapes = [
    [1, 1],
    [1.4, 0.7],
    [0.7, 1.4],
  ] as const;
  let [across, down] = [width, height];
  const sides = Array.from({ length: 8 }, (_, level) => {
    // utils.get_feat_sizes: each level has half of the sides of the one before, rounded up.
    if (level > 0) [across, down] = [Math.ceil(across / 2), Math.ceil(down / 2)];
    return { across, down };
  });
  return LEVELS.map((level) => {
    const side = sides[level] ?? { across: 1, down: 1 };
    const [stepX, stepY] = [width / side.across, height / side.down];
    const sizes = OCTAVE.flatMap((scale) =>
      shapes.map(([wide, high]) => [4 * stepX * scale * wide, 4 * stepY * scale * high] as const),
    );
    return { ...side, stepX, stepY, firstX: stepX / 2, firstY: stepY / 2, sizes };
  });
}

/**
 * torchvision/models/detection: _default_anchorgen of retinanet.py, AnchorGenerator of anchor_utils.py. Anchors stand in the
 * corners of cells, their edges are whole numbers, and steps are rounded down.
 */
function torchvisionRetinaNet({ width, height }: Size): AnchorGrid[] {
  return LEVELS.map((level) => {
    const [across, down] = [Math.ceil(width / 2 ** level), Math.ceil(height / 2 ** level)];
    const base = 2 ** (level + 2);
    const sizes = [0.5, 1, 2].flatMap((ratio) =>
      OCTAVE.map((octave) => {
        const side = Math.trunc(base * octave);
        const edge = (length: number) => 2 * roundHalfToEven(length / 2);
        return [edge(side / Math.sqrt(ratio)), edge(side * Math.sqrt(ratio))] as const;
      }),
    );
    const [stepX, stepY] = [Math.floor(width / across), Math.floor(height / down)];
    return { across, down, stepX, stepY, firstX: 0, firstY: 0, sizes };
  });
}

/** fizyr/keras-retinanet, keras_retinanet/utils/anchors.py: shapes, then scales. */
function kerasRetinaNet({ width, height }: Size): AnchorGrid[] {
  return LEVELS.map((level) => {
    const stride = 2 ** level;
    const sizes = [0.5, 1, 2].flatMap((ratio) =>
      OCTAVE.map((octave) => {
        const side = 4 * stride * octave;
        return [side / Math.sqrt(ratio), side * Math.sqrt(ratio)] as const;
      }),
    );
    return {
      across: Math.ceil(width / stride),
      down: Math.ceil(height / stride),
      stepX: stride,
      stepY: stride,
      firstX: stride / 2,
      firstY: stride / 2,
      sizes,
    };
  });
}

/** Steps and shapes of SSD300: weiliu89/caffe, examples/ssd/ssd_pascal.py, and all that follow it. */
const SSD300 = [
  { step: 8, across: 38, shapes: [2] },
  { step: 16, across: 19, shapes: [2, 3] },
  { step: 32, across: 10, shapes: [2, 3] },
  { step: 64, across: 5, shapes: [2, 3] },
  { step: 100, across: 3, shapes: [2] },
  { step: 300, across: 1, shapes: [2] },
] as const;

/** @param sides of each grid's smaller square, and one more at the end */
function defaultBoxes(
  { width, height }: Size,
  grids: typeof SSD300,
  sides: readonly number[],
): AnchorGrid[] | undefined {
  if (width !== 300 || height !== 300) return undefined;
  return grids.map(({ step, across, shapes }, at) => {
    const sizes = ssdSizes(sides[at] ?? 0, sides[at + 1] ?? 0, shapes, width);
    return { across, down: across, stepX: step, stepY: step, firstX: step / 2, firstY: step / 2, sizes };
  });
}

/** torchvision/models/detection/ssdlite.py: DefaultBoxGenerator of six grids, of 0.2 to 0.95 of the picture. */
function ssdLite({ width, height }: Size): AnchorGrid[] | undefined {
  if (width !== 320 || height !== 320) return undefined;
  const scales = [...Array.from({ length: 6 }, (_, k) => 0.2 + (0.75 * k) / 5), 1];
  return [20, 10, 5, 3, 2, 1].map((across, k) => {
    const step = width / across;
    const sizes = ssdSizes(width * (scales[k] ?? 1), width * (scales[k + 1] ?? 1), [2, 3], width);
    return { across, down: across, stepX: step, stepY: step, firstX: step / 2, firstY: step / 2, sizes };
  });
}

/** A square, a larger one, and pairs of boxes as large as the first; no side is longer than the picture's. */
const ssdSizes = (
  side: number,
  next: number,
  shapes: readonly number[],
  most: number,
): (readonly [number, number])[] => {
  const pairs = shapes.flatMap((shape) => {
    const root = Math.sqrt(shape);
    return [[side * root, side / root] as const, [side / root, side * root] as const];
  });
  const larger = Math.sqrt(side * next);
  const all = [[side, side] as const, [larger, larger] as const, ...pairs];
  return all.map(([wide, high]) => [Math.min(wide, most), Math.min(high, most)] as const);
};

/**
 * tensorflow/models, create_ssd_anchors of multiple_grid_anchor_generator.py, as the published configurations of
 * ssd_mobilenet_v1 and v2 call it, and MediaPipe's SsdAnchorsCalculator after them.
 */
function tensorFlowSsd({ width, height }: Size): AnchorGrid[] {
  const scales = [...Array.from({ length: 6 }, (_, k) => 0.2 + (0.75 * k) / 5), 1];
  const shapes = [1, 2, 1 / 2, 3, 1 / 3];
  return scales.slice(0, -1).map((scale, k) => {
    const stride = 16 * 2 ** k;
    const [across, down] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    const next = scales[k + 1] ?? 1;
    const boxes: (readonly [scale: number, shape: number])[] =
      k === 0
        ? [
            [0.1, 1],
            [scale, 2],
            [scale, 1 / 2],
          ]
        : [...shapes.map((shape) => [scale, shape] as const), [Math.sqrt(scale * next), 1]];
    // Anchors of a picture that is not square are as for one: in parts of its shorter side.
    const side = Math.min(width, height);
    const sizes = boxes.map(
      ([one, shape]) => [side * one * Math.sqrt(shape), (side * one) / Math.sqrt(shape)] as const,
    );
    const [stepX, stepY] = [width / across, height / down];
    return { across, down, stepX, stepY, firstX: stepX / 2, firstY: stepY / 2, sizes };
  });
}

export const anchorCount = (grids: readonly AnchorGrid[]): number =>
  grids.reduce((sum, { across, down, sizes }) => sum + across * down * sizes.length, 0);

/** @param sizesFirst all cells follow each other for one of the sizes, and then for the next */
export function anchorsOfGrids(grids: readonly AnchorGrid[], sizesFirst: boolean): Anchor[] {
  return grids.flatMap(({ across, down, stepX, stepY, firstX, firstY, sizes }) => {
    const cells = Array.from({ length: across * down }, (_, cell): readonly [number, number] => [
      firstX + (cell % across) * stepX,
      firstY + Math.floor(cell / across) * stepY,
    ]);
    const anchor = (
      [x, y]: readonly [number, number],
      [width, height]: readonly [number, number],
    ): Anchor => [x, y, width, height];
    return sizesFirst
      ? sizes.flatMap((size) => cells.map((cell) => anchor(cell, size)))
      : cells.flatMap((cell) => sizes.map((size) => anchor(cell, size)));
  });
}

/** As torch.round. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
