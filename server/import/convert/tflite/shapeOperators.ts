import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { at, reshape, transpose } from '../../onnx/tensor.ts';
import type { OperatorContext } from './lowering.ts';
import type { LowerOperator } from './operators.ts';

/** A constant that only gets another shape or order stays one, such as weights. */
const reshapeOperator: LowerOperator = (ctx) => {
  const { lowering } = ctx;
  const output = at(ctx.op.outputs, 0);
  const { shape } = lowering.tensor(output);
  const constant = ctx.constant(0);
  if (constant !== undefined) return lowering.setConstant(output, reshape(constant, shape));
  if (ctx.has(1) && ctx.constant(1) === undefined) return ctx.set(ctx.add('Reshape', ctx.refs()));
  // A picture alone stands first in both shapes: then any number of them may.
  const isOfOne = shape.length > 0 && shape[0] === 1 && ctx.tensor(0).shape[0] === 1;
  ctx.set(ctx.add('Reshape', [ctx.ref(0), lowering.addInts(isOfOne ? [-1, ...shape.slice(1)] : shape)]));
};

const transposeOperator: LowerOperator = (ctx) => {
  const constant = ctx.constant(0);
  if (constant === undefined) ctx.set(ctx.add('Transpose', ctx.refs()));
  else ctx.lowering.setConstant(at(ctx.op.outputs, 0), transpose(constant, ctx.ints(1)));
};

const TYPES: Readonly<Record<string, string>> = {
  float32: 'DT_FLOAT',
  float16: 'DT_FLOAT',
  int32: 'DT_INT32',
  int64: 'DT_INT32',
  uint8: 'DT_UINT8',
  bool: 'DT_BOOL',
};
const cast: LowerOperator = (ctx) => {
  const { type } = ctx.lowering.tensor(at(ctx.op.outputs, 0));
  const known = TYPES[type];
  if (known === undefined) throw ctx.unsupported(aboutTflite('lite_makes_type', { type }));
  ctx.set(ctx.add('Cast', [ctx.ref(0)], { DstT: { type: known } }));
};

const concatenation: LowerOperator = (ctx) => {
  const axis = ctx.lowering.addInts([ctx.options.int(0)], []);
  ctx.set(ctx.activated(ctx.add('ConcatV2', [...ctx.refs(), axis]), 1));
};

/** A node of several outputs, which says how many in an attribute. */
const several =
  (op: string, attributes: (ctx: OperatorContext) => Record<string, { i: number }>): LowerOperator =>
  (ctx) => {
    const node = ctx.add(op, ctx.refs(), attributes(ctx));
    ctx.set(...ctx.op.outputs.map((_, i) => `${node}:${i}`));
  };

const stridedSlice: LowerOperator = (ctx) => {
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
  if (ctx.options.flag(5)) throw ctx.unsupported(aboutTflite('lite_counts_ends'));
  const attributes = Object.fromEntries(masks.map((mask, field) => [mask, { i: ctx.options.int(field) }]));
  ctx.set(ctx.add('StridedSlice', ctx.refs(), attributes));
};

const gather: LowerOperator = (ctx) => {
  const axis = ctx.lowering.addInts([ctx.options.int(0)], []);
  const batchDims = { i: ctx.options.int(1) };
  ctx.set(ctx.add('GatherV2', [ctx.ref(0), ctx.ref(1), axis], { batch_dims: batchDims }));
};

const block =
  (op: string): LowerOperator =>
  (ctx) =>
    ctx.set(ctx.add(op, [ctx.ref(0)], { block_size: { i: ctx.options.int(0) } }));

const same =
  (op: string): LowerOperator =>
  (ctx) =>
    ctx.set(ctx.add(op, ctx.refs()));

/** Every `block`-th pixel of each phase becomes a picture of its own. */
const spaceToBatch: LowerOperator = (ctx) => {
  const { lowering } = ctx;
  const [vertical, horizontal] = blockOf(ctx);
  const [top = 0, bottom = 0, left = 0, right = 0] = ctx.ints(2);
  const [, height = 0, width = 0, channels = 0] = ctx.tensor(0).shape;
  const pads = lowering.addInts([0, 0, top, bottom, left, right, 0, 0], [4, 2]);
  const padded = ctx.add('Pad', [ctx.ref(0), pads]);
  const [rows, columns] = [(height + top + bottom) / vertical, (width + left + right) / horizontal];
  const parts = [-1, rows, vertical, columns, horizontal, channels];
  const split = ctx.add('Reshape', [padded, lowering.addInts(parts)]);
  const moved = ctx.add('Transpose', [split, lowering.addInts([2, 4, 0, 1, 3, 5])]);
  ctx.set(ctx.add('Reshape', [moved, lowering.addInts([-1, rows, columns, channels])]));
};

/** The way back of `spaceToBatch`; what was padded is cut. */
const batchToSpace: LowerOperator = (ctx) => {
  const { lowering } = ctx;
  const [vertical, horizontal] = blockOf(ctx);
  const [top = 0, bottom = 0, left = 0, right = 0] = ctx.ints(2);
  const [, rows = 0, columns = 0, channels = 0] = ctx.tensor(0).shape;
  const parts = [vertical, horizontal, -1, rows, columns, channels];
  const split = ctx.add('Reshape', [ctx.ref(0), lowering.addInts(parts)]);
  const moved = ctx.add('Transpose', [split, lowering.addInts([2, 3, 0, 4, 1, 5])]);
  const [height, width] = [rows * vertical, columns * horizontal];
  const joined = ctx.add('Reshape', [moved, lowering.addInts([-1, height, width, channels])]);
  const sizes = [-1, height - top - bottom, width - left - right, -1];
  ctx.set(ctx.add('Slice', [joined, lowering.addInts([0, top, left, 0]), lowering.addInts(sizes)]));
};

function blockOf(ctx: OperatorContext): readonly [number, number] {
  const [vertical, horizontal, ...more] = ctx.ints(1);
  if (!vertical || !horizontal || more.length > 0 || ctx.tensor(0).shape.length !== 4) {
    throw ctx.unsupported(aboutTflite('lite_splits_other'));
  }
  return [vertical, horizontal];
}

/** What moves values, joins or cuts tensors. */
export const shapeOperators: Record<string, LowerOperator> = {
  RESHAPE: reshapeOperator,
  TRANSPOSE: transposeOperator,
  CAST: cast,
  CONCATENATION: concatenation,
  SPLIT: several('Split', (ctx) => ({ num_split: { i: ctx.options.int(0) } })),
  SPLIT_V: several('SplitV', () => ({})),
  UNPACK: several('Unpack', (ctx) => ({ axis: { i: ctx.options.int(1) } })),
  PACK: (ctx) => ctx.set(ctx.add('Pack', ctx.refs(), { axis: { i: ctx.options.int(1) } })),
  SLICE: same('Slice'),
  STRIDED_SLICE: stridedSlice,
  GATHER: gather,
  GATHER_ND: same('GatherNd'),
  SHAPE: same('Shape'),
  EXPAND_DIMS: same('ExpandDims'),
  SQUEEZE: (ctx) =>
    ctx.set(ctx.add('Squeeze', [ctx.ref(0)], { squeeze_dims: { list: { i: ctx.options.ints(0) } } })),
  TILE: same('Tile'),
  BROADCAST_TO: same('BroadcastTo'),
  PAD: same('Pad'),
  PADV2: same('PadV2'),
  MIRROR_PAD: (ctx) =>
    ctx.set(
      ctx.add('MirrorPad', ctx.refs(), { mode: { s: ctx.options.byte(0) === 0 ? 'REFLECT' : 'SYMMETRIC' } }),
    ),
  DEPTH_TO_SPACE: block('DepthToSpace'),
  SPACE_TO_DEPTH: block('SpaceToDepth'),
  SPACE_TO_BATCH_ND: spaceToBatch,
  BATCH_TO_SPACE_ND: batchToSpace,
};
