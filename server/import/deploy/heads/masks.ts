import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { float32 } from '../../onnx/tensor.ts';
import { Builder } from './builder.ts';
import type { SemanticHead } from './head.ts';
import { LEAST_SIDE, type Masks, mapSize, maskSize, type Prototypes, type RowMasks } from './maskForms.ts';

/** What masks are made of besides the model's outputs; names of values. */
export interface MaskedRows {
  /** float32 [N, K, prototypes]. */
  readonly coefficients: string | undefined;
  /** float32 [N, K, 4]: left, top, right, bottom in 0..1 of the input. */
  readonly corners: string;
  /** int64 [M, 2]: picture and candidate of each detection. */
  readonly place: string;
  /** int64 [M, 2]: picture and row of the boxes' output of each detection. */
  readonly sources: string;
}

/** Adds `masks` of a deployed graph of instances, uint8 [M, h, w] (see vision/tasks/instanceSegmentation.ts), for one picture. */
export function addMasks(graph: OnnxGraph, masks: Masks, rows: MaskedRows): void {
  const build = new Builder(graph);
  const { add, ints, limit } = build;
  const { width, height } = maskSize(masks);
  const share =
    masks.form === 'prototypes'
      ? mixedPrototypes(build, masks, rows)
      : masks.over === 'input'
        ? ownMaps(build, masks, rows)
        : pastedMaps(build, masks, rows);
  const bytes = add('Add', [add('Mul', [share, limit(255)]), limit(0.5)]);
  graph.output(
    { name: 'masks', dtype: 'uint8', shape: ['M', height, width] },
    add('Cast', [add('Reshape', [bytes, ints(0, height, width)])], { to: { int: 2 } }, 'masks'),
  );
}

/**
 * Prototypes are made smaller before they are mixed, which is the same as after it, and works where there are no detections.
 * @returns float32 [M, h w]
 */
function mixedPrototypes(
  build: Builder,
  masks: Prototypes,
  { coefficients = '', place }: MaskedRows,
): string {
  const { add, ints } = build;
  const { width, height } = mapSize(masks);
  const maps = smaller(build, channelsFirst(build, { ...masks, channels: masks.count }), masks);
  const rows = add('Reshape', [maps, ints(masks.count, width * height)]);
  return add('Sigmoid', [add('MatMul', [add('GatherND', [coefficients, place]), rows])]);
}

/** The maps of the detections' rows, as the model gives them; float32 [M, h, w]. */
function chosenMaps(build: Builder, { output, width, height }: RowMasks, { sources }: MaskedRows): string {
  const { add, ints } = build;
  const all = add('Reshape', [build.toFloat32(output), ints(-1, height, width)]);
  const row = add('Reshape', [add('Gather', [sources, ints(1)], { axis: { int: 1 } }), ints(-1)]);
  return add('Gather', [all, row], { axis: { int: 0 } });
}

const toShare = (build: Builder, maps: string, { activation }: RowMasks): string =>
  activation === 'sigmoid'
    ? build.add('Sigmoid', [maps])
    : build.add('Clip', [maps, build.limit(0), build.limit(1)]);

/** float32 [M, h, w] */
function ownMaps(build: Builder, masks: RowMasks, rows: MaskedRows): string {
  const { add, ints } = build;
  const { width, height } = masks;
  const to = mapSize(masks);
  const maps = chosenMaps(build, masks, rows);
  if (to.width === width && to.height === height) return toShare(build, maps, masks);
  // One more, as no runtime resizes nothing.
  const none = build.constant(float32([1, height, width], new Float32Array(width * height)));
  const padded = add('Reshape', [
    add('Concat', [maps, none], { axis: { int: 0 } }),
    ints(-1, 1, height, width),
  ]);
  const resized = add('Slice', [smaller(build, padded, masks), ints(0), ints(-1), ints(0)]);
  return toShare(build, add('Reshape', [resized, ints(0, to.height, to.width)]), masks);
}

/**
 * Each map put into its box, bilinear, with nothing around it, as torchvision's `paste_masks_in_image` and Detectron do it, but
 * without their rounding of boxes to whole pixels: the share of each cell of the map in each row and column of the result.
 * @returns float32 [M, h, w]
 */
function pastedMaps(build: Builder, masks: RowMasks, rows: MaskedRows): string {
  const { add } = build;
  const to = maskSize(masks);
  const maps = toShare(build, chosenMaps(build, masks, rows), masks);
  const boxes = add('GatherND', [rows.corners, rows.place]);
  const edge = (at: number) =>
    add('Reshape', [add('Gather', [boxes, build.ints(at)], { axis: { int: 1 } }), build.ints(-1, 1, 1)]);
  /** [M, cells, count], or [M, count, cells]. */
  const shares = (start: string, end: string, cells: number, count: number, isTurned: boolean) => {
    const along = (length: number, value: (at: number) => number, isLast: boolean) =>
      build.constant(
        float32(
          isLast ? [1, 1, length] : [1, length, 1],
          Array.from({ length }, (_, at) => value(at)),
        ),
      );
    const middles = along(count, (at) => (at + 0.5) / count, !isTurned);
    const side = add('Max', [add('Sub', [end, start]), build.floats(LEAST_SIDE)]);
    const inBox = add('Div', [add('Sub', [middles, start]), side]);
    const inCells = add('Sub', [add('Mul', [inBox, build.floats(cells)]), build.floats(0.5)]);
    const distance = add('Abs', [add('Sub', [inCells, along(cells, (at) => at, isTurned)])]);
    return add('Relu', [add('Sub', [build.floats(1), distance])]);
  };
  const down = shares(edge(1), edge(3), masks.height, to.height, true);
  const across = shares(edge(0), edge(2), masks.width, to.width, false);
  return add('MatMul', [add('MatMul', [down, maps]), across]);
}

/** Adds `classes` and `scores` of a deployed graph of areas (see vision/tasks/semanticSegmentation.ts), for one picture. */
export function addSemanticHead(graph: OnnxGraph, head: SemanticHead): void {
  const build = new Builder(graph);
  const { add, ints, limit } = build;
  const channels = head.isBinary ? 1 : head.classes;
  const { width, height } = mapSize(head);
  const maps = smaller(build, channelsFirst(build, { ...head, channels }), head);
  // With the classes last: a softmax over another axis means something else before opset 13.
  const cells = add('Transpose', [maps], { perm: { ints: [0, 2, 3, 1] } });
  const scores = {
    none: () => cells,
    sigmoid: () => add('Sigmoid', [cells]),
    softmax: () => add('Softmax', [cells], { axis: { int: 3 } }),
  }[head.activation]();
  const all = head.isBinary
    ? add('Concat', [add('Sub', [limit(1), scores]), scores], {
        axis: { int: 3 },
      })
    : scores;
  const best = add('ArgMax', [all], { axis: { int: 3 }, keepdims: { int: 1 } });
  const map = ints(1, height, width);
  const shape = [1, height, width];
  graph.output(
    { name: 'classes', dtype: 'int32', shape },
    add('Cast', [add('Reshape', [best, map])], { to: { int: 6 } }, 'classes'),
  );
  graph.output(
    { name: 'scores', dtype: 'float32', shape },
    add('Reshape', [add('GatherElements', [all, best], { axis: { int: 3 } }), map], {}, 'scores'),
  );
}

interface Maps {
  readonly output: string;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly channelsLast: boolean;
}

/** float32 [1, channels, height, width]. */
function channelsFirst(build: Builder, maps: Maps): string {
  const { output, channels, width, height, channelsLast } = maps;
  const sides = channelsLast ? [height, width, channels] : [channels, height, width];
  const value = build.add('Reshape', [build.toFloat32(output), build.ints(1, ...sides)]);
  return channelsLast ? build.add('Transpose', [value], { perm: { ints: [0, 3, 1, 2] } }) : value;
}

function smaller(
  build: Builder,
  maps: string,
  size: { readonly width: number; readonly height: number },
): string {
  const to = mapSize(size);
  if (to.width === size.width && to.height === size.height) return maps;
  // Scales and not sizes: older opsets want both axes in front as they are.
  const scales = build.floats(1, 1, scaleTo(to.height, size.height), scaleTo(to.width, size.width));
  return build.add(
    'Resize',
    // No region of interest.
    [maps, build.floats(), scales],
    { mode: { text: 'linear' }, coordinate_transformation_mode: { text: 'half_pixel' } },
  );
}

/** The least float32 by which a side becomes so long: Resize rounds down, and a shade less would make it one shorter. */
function scaleTo(side: number, from: number): number {
  const scale = Math.fround(side / from);
  return scale * from < side ? Math.fround(scale * (1 + 2 ** -23)) : scale;
}
