import assert from 'node:assert/strict';
import test from 'node:test';
import { ImportError } from '../../importError.ts';
import {
  assertSameAnswers,
  convertSmall,
  flag,
  int,
  ints,
  type SmallGraph,
  type SmallNode,
  type SmallWeight,
  text,
  texts,
  whole,
} from '../../testing/opHarness.ts';
import { converters } from './index.ts';

const seed = 20_250_101;

interface Case {
  readonly title: string;
  readonly graph: SmallGraph;
}

/** One op on `x`, with weights as its further inputs. */
function single(
  op: string,
  { input = [7, 6, 5], weights = {}, attr = {}, range }: Partial<SmallGraph> & Partial<SmallNode> = {},
): SmallGraph {
  const node = { name: 'y', op, inputs: ['x', ...Object.keys(weights)], attr };
  return { nodes: [node], weights, input, ...(range ? { range } : {}) };
}

/**
 * The same graph behind a 1x1 convolution, whose output stands channels first: ops must give the same answers in
 * either layout.
 */
function behindConvolution(graph: SmallGraph): SmallGraph {
  const channels = graph.input[2] ?? 0;
  const identity = Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0));
  return {
    ...graph,
    nodes: [
      { name: 'c', op: 'Conv2D', inputs: ['x', 'identity'], attr: convolution('VALID', 1) },
      ...graph.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map((name) => (name === 'x' ? 'c' : name)),
      })),
    ],
    weights: { ...graph.weights, identity: { shape: [1, 1, channels, channels], floats: identity } },
  };
}

const convolution = (padding: 'SAME' | 'VALID', stride: number, dilation = 1) => ({
  padding: text(padding),
  strides: ints(1, stride, stride, 1),
  dilations: ints(1, dilation, dilation, 1),
  data_format: text('NHWC'),
});
const random = (...shape: number[]): SmallWeight => ({
  shape,
  seed: shape.length + shape.reduce((a, b) => a + b, 0),
});

const convolutions: Case[] = (['SAME', 'VALID'] as const).flatMap((padding) =>
  [
    { kernel: [3, 3], stride: 1, dilation: 1, sides: [7, 9] },
    { kernel: [3, 3], stride: 2, dilation: 1, sides: [7, 9] },
    { kernel: [3, 3], stride: 2, dilation: 1, sides: [8, 10] },
    { kernel: [3, 3], stride: 1, dilation: 2, sides: [9, 8] },
    { kernel: [5, 2], stride: 3, dilation: 1, sides: [11, 13] },
    { kernel: [1, 1], stride: 2, dilation: 1, sides: [5, 6] },
  ].flatMap(({ kernel: [height = 1, width = 1], stride, dilation, sides }) => {
    const what = `${height}x${width} stride ${stride} dilation ${dilation} on ${sides.join('x')}, ${padding}`;
    const attr = convolution(padding, stride, dilation);
    const input = [...sides, 4];
    return [
      {
        title: `Conv2D ${what}`,
        graph: single('Conv2D', { input, attr, weights: { w: random(height, width, 4, 3) } }),
      },
      {
        title: `DepthwiseConv2dNative ${what}`,
        graph: single('DepthwiseConv2dNative', { input, attr, weights: { w: random(height, width, 4, 1) } }),
      },
      {
        title: `DepthwiseConv2dNative ${what}, two outputs a channel`,
        graph: single('DepthwiseConv2dNative', { input, attr, weights: { w: random(height, width, 4, 2) } }),
      },
    ];
  }),
);

const fused: Case[] = [
  {
    title: 'Conv2D with explicit padding',
    graph: single('Conv2D', {
      weights: { w: random(3, 3, 5, 2) },
      attr: {
        ...convolution('SAME', 2),
        padding: text('EXPLICIT'),
        explicit_paddings: ints(0, 0, 2, 1, 0, 3, 0, 0),
      },
    }),
  },
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid'].map((activation) => ({
    title: `_FusedConv2D with bias and ${activation}`,
    graph: single('_FusedConv2D', {
      weights: { w: random(3, 3, 5, 4), b: random(4) },
      attr: { ...convolution('SAME', 1), fused_ops: texts('BiasAdd', activation), num_args: int(1) },
    }),
  })),
  {
    title: '_FusedConv2D with bias and Prelu',
    graph: single('_FusedConv2D', {
      weights: { w: random(3, 3, 5, 4), b: random(4), slope: random(1, 1, 4) },
      attr: { ...convolution('SAME', 2), fused_ops: texts('BiasAdd', 'Prelu'), num_args: int(2) },
    }),
  },
  {
    title: '_FusedConv2D with bias and LeakyRelu',
    graph: single('_FusedConv2D', {
      weights: { w: random(1, 1, 5, 4), b: random(4) },
      attr: {
        ...convolution('VALID', 1),
        fused_ops: texts('BiasAdd', 'LeakyRelu'),
        num_args: int(1),
        leakyrelu_alpha: { f: 0.3 },
      },
    }),
  },
  {
    title: 'FusedDepthwiseConv2dNative with bias and Relu6',
    graph: single('FusedDepthwiseConv2dNative', {
      weights: { w: random(3, 3, 5, 1), b: random(5) },
      attr: { ...convolution('SAME', 2), fused_ops: texts('BiasAdd', 'Relu6'), num_args: int(1) },
    }),
  },
];

const transposed: Case[] = [
  { padding: 'SAME' as const, sides: [14, 11] },
  { padding: 'SAME' as const, sides: [13, 12] },
  { padding: 'VALID' as const, sides: [15, 13] },
].map(({ padding, sides }) => ({
  title: `Conv2DBackpropInput to ${sides}, ${padding}`,
  graph: {
    input: [7, 6, 5],
    nodes: [
      {
        name: 'y',
        op: 'Conv2DBackpropInput',
        inputs: ['sizes', 'w', 'x'],
        attr: convolution(padding, 2),
      },
    ],
    // TensorFlow.js needs the batch size here, and the tests run batches of two.
    weights: { sizes: whole([2, ...sides, 3]), w: random(3, 3, 3, 5) },
  },
}));

const pools: Case[] = (['SAME', 'VALID'] as const).flatMap((padding) =>
  ['MaxPool', 'AvgPool'].map((op) => ({
    title: `${op} 3x2 stride 2, ${padding}`,
    graph: single(op, { attr: { ...convolution(padding, 2), ksize: ints(1, 3, 2, 1) } }),
  })),
);

const elementwise: Case[] = [
  ...[
    'Abs',
    'Ceil',
    'Cos',
    'Sin',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'Neg',
    'Relu',
    'Relu6',
    'Round',
    'Selu',
    'Sigmoid',
    'Sign',
    'Softplus',
    'Square',
    'Tanh',
  ].map((op) => ({
    title: op,
    graph: single(op, { range: [-8, 8] }),
  })),
  ...['Log', 'Reciprocal', 'Rsqrt', 'Sqrt'].map((op) => ({
    title: op,
    graph: single(op, { range: [0.1, 4] }),
  })),
  { title: 'LeakyRelu', graph: single('LeakyRelu', { attr: { alpha: { f: 0.1 } } }) },
  { title: 'Identity', graph: single('Identity') },
  { title: 'StopGradient', graph: single('StopGradient') },
  { title: 'FakeQuantWithMinMaxVars', graph: single('FakeQuantWithMinMaxVars') },
  {
    title: 'ClipByValue',
    graph: single('ClipByValue', {
      weights: { low: { shape: [], floats: [-1.5] }, high: { shape: [], floats: [0.5] } },
    }),
  },
  {
    title: 'Cast',
    graph: single('Cast', { attr: { SrcT: { type: 'DT_FLOAT' }, DstT: { type: 'DT_INT32' } } }),
  },
  { title: 'Softmax', graph: single('Softmax', { input: [6] }) },
  { title: 'LogSoftmax', graph: single('LogSoftmax', { input: [6] }) },
  { title: 'Prelu', graph: single('Prelu', { weights: { slope: random(1, 1, 5) } }) },
  { title: 'BiasAdd', graph: single('BiasAdd', { weights: { b: random(5) } }) },
  {
    title: 'FusedBatchNormV3',
    graph: single('FusedBatchNormV3', {
      weights: {
        scale: random(5),
        offset: random(5),
        mean: random(5),
        variance: { shape: [5], floats: [0.5, 1, 2, 0.1, 3] },
      },
      attr: { is_training: flag(false), epsilon: { f: 0.001 } },
    }),
  },
];

const pairs: Case[] = [
  'Add',
  'AddV2',
  'Sub',
  'Mul',
  'RealDiv',
  'Maximum',
  'Minimum',
  'SquaredDifference',
].flatMap((op) =>
  [random(), random(5), random(6, 5), random(1, 1, 1, 5), random(7, 1, 5)].map((w) => ({
    title: `${op} with a constant of [${w.shape}]`,
    graph: single(op, { weights: { w } }),
  })),
);

/** Ops that only differ in name from one that is tried more closely. */
const aliases: Case[] = [
  { title: 'Div', graph: single('Div', { weights: { w: { shape: [5], floats: [1, -2, 3, 0.5, 4] } } }) },
  { title: 'Pow', graph: single('Pow', { weights: { w: random(5) }, range: [0.1, 3] }) },
  ...['FusedBatchNorm', 'FusedBatchNormV2'].map((op) => ({
    title: op,
    graph: single(op, {
      weights: {
        scale: random(5),
        offset: random(5),
        mean: random(5),
        variance: { shape: [5], floats: [1, 2, 3, 4, 5] },
      },
      attr: { is_training: flag(false) },
    }),
  })),
];

/** Two computed tensors that stand in different layouts. */
const mixedLayouts: Case[] = ['Add', 'Mul', 'AddN', 'ConcatV2'].map((op) => {
  const { nodes, weights = {}, input } = behindConvolution(single('Relu'));
  const axis = op === 'ConcatV2' ? { axis: whole([3], []) } : {};
  return {
    title: `${op} of two layouts`,
    graph: {
      nodes: [...nodes, { name: 'z', op, inputs: ['y', 'x', ...Object.keys(axis)], attr: { N: int(2) } }],
      weights: { ...weights, ...axis },
      input,
    },
  };
});

const reductions: Case[] = [
  { op: 'Mean', axes: [1, 2], keep: false },
  { op: 'Mean', axes: [1, 2], keep: true },
  { op: 'Mean', axes: [-1], keep: false },
  { op: 'Sum', axes: [1, 3], keep: false },
  { op: 'Max', axes: [3], keep: true },
  { op: 'Min', axes: [2], keep: false },
].map(({ op, axes, keep }) => ({
  title: `${op} over ${axes}${keep ? ', axes kept' : ''}`,
  graph: single(op, { weights: { axes: whole(axes) }, attr: { keep_dims: flag(keep) } }),
}));

const resizes: Case[] = ['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op) =>
  [
    { align_corners: flag(false), half_pixel_centers: flag(false) },
    { align_corners: flag(true), half_pixel_centers: flag(false) },
    { align_corners: flag(false), half_pixel_centers: flag(true) },
  ].flatMap((attr) =>
    [
      [13, 11],
      [4, 5],
    ].map((size) => ({
      title: `${op} to ${size}${attr.align_corners.b ? ', corners aligned' : ''}${attr.half_pixel_centers.b ? ', half pixels' : ''}`,
      graph: single(op, { weights: { size: whole(size) }, attr }),
    })),
  ),
);

const paddings: Case[] = [
  { title: 'Pad', graph: single('Pad', { weights: { p: whole([0, 0, 1, 2, 0, 3, 2, 1], [4, 2]) } }) },
  {
    title: 'PadV2',
    graph: single('PadV2', {
      weights: { p: whole([0, 0, 1, 0, 0, 1, 0, 0], [4, 2]), v: { shape: [], floats: [7] } },
    }),
  },
  {
    title: 'MirrorPad',
    graph: single('MirrorPad', {
      weights: { p: whole([0, 0, 1, 2, 2, 1, 0, 0], [4, 2]) },
      attr: { mode: text('REFLECT') },
    }),
  },
];

const shapes: Case[] = [
  { title: 'Reshape to a known shape', graph: single('Reshape', { weights: { s: whole([-1, 21, 10]) } }) },
  { title: 'Reshape that joins the batch', graph: single('Reshape', { weights: { s: whole([-1, 5]) } }) },
  {
    title: 'Reshape by a shape that is reckoned from the input',
    graph: {
      input: [7, 6, 5],
      nodes: [
        { name: 'shape', op: 'Shape', inputs: ['x'] },
        {
          name: 'n',
          op: 'StridedSlice',
          inputs: ['shape', 'zero', 'one', 'one'],
          attr: { shrink_axis_mask: int(1) },
        },
        { name: 'target', op: 'Pack', inputs: ['n', 'minus', 'five'], attr: { axis: int(0), N: int(3) } },
        { name: 'y', op: 'Reshape', inputs: ['x', 'target'] },
      ],
      weights: { zero: whole([0]), one: whole([1]), minus: whole([-1], []), five: whole([5], []) },
    },
  },
  {
    title: 'Reshape by a list that is made of a sparse one',
    graph: {
      input: [7, 6, 5],
      nodes: [
        { name: 'list', op: 'SparseToDense', inputs: ['places', 'length', 'values', 'default'] },
        { name: 'target', op: 'AddV2', inputs: ['least', 'list'] },
        { name: 'y', op: 'Reshape', inputs: ['x', 'target'] },
      ],
      weights: {
        places: whole([1], [1, 1]),
        length: whole([2]),
        values: whole([4]),
        default: whole([0], []),
        least: whole([-1, 1]),
      },
    },
  },
  { title: 'Squeeze', graph: single('Squeeze', { input: [1, 6, 5], attr: { squeeze_dims: ints(1) } }) },
  { title: 'ExpandDims', graph: single('ExpandDims', { weights: { axis: whole([-1], []) } }) },
  { title: 'Transpose', graph: single('Transpose', { weights: { order: whole([0, 2, 3, 1]) } }) },
  { title: 'Tile', graph: single('Tile', { weights: { repeats: whole([1, 2, 1, 3]) } }) },
  {
    title: 'DepthToSpace',
    graph: single('DepthToSpace', {
      input: [3, 4, 8],
      attr: { block_size: int(2), data_format: text('NHWC') },
    }),
  },
  { title: 'ArgMin', graph: single('ArgMin', { weights: { axis: whole([1], []) } }) },
  {
    title: 'BatchMatMulV2',
    graph: single('BatchMatMulV2', {
      input: [4, 6],
      weights: { w: random(1, 3, 6) },
      attr: { adj_y: flag(true) },
    }),
  },
  { title: 'ArgMax', graph: single('ArgMax', { weights: { axis: whole([-1], []) } }) },
  {
    title: 'Slice',
    graph: single('Slice', { weights: { begin: whole([0, 1, 2, 0]), size: whole([-1, 3, -1, 4]) } }),
  },
  {
    title: 'StridedSlice',
    graph: single('StridedSlice', {
      weights: { begin: whole([0, -5, 1, 9]), end: whole([0, 7, 0, 0]), step: whole([1, 2, 1, 1]) },
      attr: { begin_mask: int(0b0001), end_mask: int(0b1101) },
    }),
  },
  {
    title: 'StridedSlice that takes an axis away',
    graph: single('StridedSlice', {
      weights: { begin: whole([0, 0, -1]), end: whole([0, 0, 0]), step: whole([1, 1, 1]) },
      attr: { begin_mask: int(0b011), end_mask: int(0b011), shrink_axis_mask: int(0b100) },
    }),
  },
  {
    title: 'StridedSlice that adds an axis, and cuts behind it',
    graph: single('StridedSlice', {
      weights: { begin: whole([0, 0, 1]), end: whole([0, 0, 3]), step: whole([1, 1, 1]) },
      attr: { begin_mask: int(0b001), end_mask: int(0b001), new_axis_mask: int(0b010) },
    }),
  },
  {
    title: 'ConcatV2 on axis 1 with a constant',
    graph: single('ConcatV2', {
      weights: { w: random(2, 3, 6, 5), axis: whole([1], []) },
      attr: { N: int(2) },
    }),
  },
  {
    title: 'SplitV on the last axis',
    graph: {
      ...single('SplitV', {
        weights: { sizes: whole([2, -1]), axis: whole([-1], []) },
        attr: { num_split: int(2) },
      }),
      outputs: ['y', 'y:1'],
    },
  },
  {
    title: 'Split in three',
    graph: {
      input: [7, 6, 5],
      nodes: [{ name: 'y', op: 'Split', inputs: ['axis', 'x'], attr: { num_split: int(3) } }],
      weights: { axis: whole([2], []) },
      outputs: ['y', 'y:1', 'y:2'],
    },
  },
  {
    title: 'Unpack, and Pack on another axis',
    graph: {
      input: [2, 6, 5],
      nodes: [
        { name: 'u', op: 'Unpack', inputs: ['x'], attr: { axis: int(1), num: int(2) } },
        { name: 'y', op: 'Pack', inputs: ['u:1', 'u'], attr: { axis: int(-1), N: int(2) } },
      ],
    },
  },
];

const matrices: Case[] = [
  { title: 'MatMul', graph: single('MatMul', { input: [6], weights: { w: random(6, 4) } }) },
  {
    title: 'MatMul with a transposed matrix',
    graph: single('MatMul', { input: [6], weights: { w: random(4, 6) }, attr: { transpose_b: flag(true) } }),
  },
  {
    title: '_FusedMatMul with bias and Relu',
    graph: single('_FusedMatMul', {
      input: [6],
      weights: { w: random(6, 4), b: random(4) },
      attr: { fused_ops: texts('BiasAdd', 'Relu'), num_args: int(1) },
    }),
  },
];

/** Makes whole numbers of `x`; where it lies between them TensorFlow.js and ONNX both cut towards zero. */
const toWhole: SmallNode = {
  name: 'whole',
  op: 'Cast',
  inputs: ['x'],
  attr: { SrcT: { type: 'DT_FLOAT' }, DstT: { type: 'DT_INT32' } },
};

const choices: Case[] = [
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((op) => ({
    title: `${op} of whole numbers`,
    graph: {
      input: [7, 6, 5],
      nodes: [toWhole, { name: 'y', op, inputs: ['whole', 'w'] }],
      weights: { w: whole([-1, 0, 1, 2, 1]) },
    },
  })),
  ...['LogicalAnd', 'LogicalOr'].map((op) => ({
    title: op,
    graph: {
      input: [7, 6, 5],
      nodes: [
        { name: 'high', op: 'Greater', inputs: ['x', 'one'] },
        { name: 'low', op: 'Less', inputs: ['x', 'two'] },
        { name: 'y', op, inputs: ['high', 'low'] },
        { name: 'not', op: 'LogicalNot', inputs: ['y'] },
      ],
      weights: { one: { shape: [], floats: [1] }, two: { shape: [], floats: [2] } },
    },
  })),
  ...['Select', 'SelectV2'].map((op) => ({
    title: op,
    graph: {
      input: [7, 6, 5],
      nodes: [
        { name: 'high', op: 'Greater', inputs: ['x', 'zero'] },
        { name: 'square', op: 'Square', inputs: ['x'] },
        { name: 'y', op, inputs: ['high', 'x', 'square'] },
      ],
      weights: { zero: { shape: [], floats: [0] } },
    },
  })),
  ...['FloorDiv', 'FloorMod'].flatMap((op) => [
    { title: op, graph: single(op, { weights: { w: { shape: [5], floats: [0.7, -1.3, 2, 1, -0.4] } } }) },
    {
      title: `${op} of whole numbers`,
      graph: {
        input: [7, 6, 5],
        nodes: [toWhole, { name: 'y', op, inputs: ['whole', 'w'] }],
        weights: { w: whole([2, -3, 7, 1, -5]) },
        range: [-40, 40] as const,
      },
    },
  ]),
  {
    title: 'TopKV2',
    graph: {
      ...single('TopKV2', { input: [9], weights: { k: whole([4], []) }, attr: { sorted: flag(true) } }),
      outputs: ['y', 'y:1'],
    },
  },
  {
    title: 'GatherV2 on an inner axis',
    graph: single('GatherV2', { weights: { indices: whole([3, 0, 3], [3]), axis: whole([2], []) } }),
  },
  {
    title: 'GatherNd',
    graph: {
      input: [7, 6, 5],
      nodes: [
        { name: 'turned', op: 'Transpose', inputs: ['x', 'order'] },
        { name: 'picked', op: 'GatherNd', inputs: ['turned', 'indices'] },
        { name: 'y', op: 'Transpose', inputs: ['picked', 'back'] },
      ],
      weights: {
        order: whole([1, 2, 3, 0]),
        indices: whole([0, 1, 6, 5, 3, 3], [3, 2]),
        back: whole([2, 0, 1]),
      },
    },
  },
];

const cases = [
  ...convolutions,
  ...fused,
  ...transposed,
  ...pools,
  ...elementwise,
  ...pairs,
  ...aliases,
  ...mixedLayouts,
  ...reductions,
  ...resizes,
  ...paddings,
  ...shapes,
  ...matrices,
  ...choices,
];
for (const { title, graph } of cases) {
  test(`${title}: as in TensorFlow.js (seed ${seed})`, async () => {
    await assertSameAnswers(graph, seed);
    if (graph.input.length === 3 && !graph.weights?.identity)
      await assertSameAnswers(behindConvolution(graph), seed);
  });
}

/** TensorFlow.js has none of these, or not for any number of pictures: ../tflite/tflite.test.ts tries them. */
const LITE_ONLY = ['BroadcastTo', 'HardSwish', 'LiteRounding', 'SpaceToDepth'];

test('every op that the importer knows is tried above', () => {
  const tried = new Set([...LITE_ONLY, ...cases.flatMap(({ graph }) => graph.nodes.map(({ op }) => op))]);
  assert.deepEqual(
    [...converters.keys()].filter((op) => !tried.has(op)),
    [],
  );
});

test('a block of convolution, batch normalisation and residual sum becomes bare convolutions', async () => {
  const block: SmallGraph = {
    input: [6, 6, 4],
    weights: {
      w1: random(3, 3, 4, 4),
      w2: random(1, 1, 4, 4),
      scale: random(4),
      shift1: random(4),
      shift2: { shape: [1, 1, 1, 4], seed: 3 },
    },
    nodes: [
      { name: 'conv1', op: 'Conv2D', inputs: ['x', 'w1'], attr: convolution('SAME', 1) },
      { name: 'scaled', op: 'Mul', inputs: ['scale', 'conv1'] },
      { name: 'shifted', op: 'Add', inputs: ['scaled', 'shift1'] },
      { name: 'relu', op: 'Relu6', inputs: ['shifted'] },
      { name: 'conv2', op: 'Conv2D', inputs: ['relu', 'w2'], attr: convolution('SAME', 1) },
      { name: 'sum', op: 'AddN', inputs: ['conv2', 'relu'], attr: { N: int(2) } },
      { name: 'y', op: 'Sub', inputs: ['sum', 'shift2'] },
      { name: 'z', op: 'AddV2', inputs: ['y', 'shift1'] },
    ],
  };
  const ops = await assertSameAnswers(block, seed);
  assert.deepEqual(ops, ['Transpose', 'Conv', 'Clip', 'Conv', 'Add', 'Transpose', 'Identity']);
});

test('a convolution whose output is read twice keeps its own answer', async () => {
  const ops = await assertSameAnswers(
    {
      input: [5, 5, 3],
      weights: { w: random(3, 3, 3, 3), scale: random(3) },
      nodes: [
        { name: 'conv', op: 'Conv2D', inputs: ['x', 'w'], attr: convolution('SAME', 1) },
        { name: 'scaled', op: 'Mul', inputs: ['conv', 'scale'] },
        { name: 'y', op: 'Maximum', inputs: ['conv', 'scaled'] },
      ],
    },
    seed,
  );
  assert.ok(ops.includes('Mul'));
});

test('an unknown op ends the import and is named, with its node', () => {
  const graph = single('Einsum');
  assert.throws(
    () => convertSmall(graph),
    (error) =>
      error instanceof ImportError &&
      error.code === 'unsupported_op' &&
      error.message.includes('Einsum "y"') &&
      !error.retryable,
  );
});

test('a known op in an unknown use is named too', () => {
  const uses: SmallGraph[] = [
    single('Conv2D', {
      weights: { w: random(3, 3, 5, 2) },
      attr: { ...convolution('SAME', 1), data_format: text('NCHW') },
    }),
    single('_FusedConv2D', {
      weights: { w: random(3, 3, 5, 2), b: random(2) },
      attr: { ...convolution('SAME', 1), fused_ops: texts('BiasAdd', 'Mystery') },
    }),
    single('Conv2D', { weights: { w: random(3, 3, 4, 2) }, attr: convolution('SAME', 1) }),
    single('FusedBatchNormV3', {
      weights: { a: random(5), b: random(5), c: random(5), d: random(5) },
      attr: { is_training: flag(true) },
    }),
    single('Reshape', { weights: { s: whole([3, 70]) } }),
  ];
  for (const graph of uses) {
    assert.throws(
      () => convertSmall(graph),
      (error) => error instanceof ImportError && error.code === 'unsupported_use',
      graph.nodes[0]?.op,
    );
  }
});
