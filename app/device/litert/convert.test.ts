import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Constant, floats, wholes } from './constant.ts';
import { convertToTflite } from './convert.ts';
import { type Attributes, DATA_TYPE, type OnnxFile } from './onnxReader.ts';
import { runTail } from './tail.ts';

type Node = readonly [op: string, inputs: readonly string[], attributes?: Attributes];

/** A graph from the float32 `image` on; each node gives what is named for its operator, in small letters. */
function graphOf(nodes: readonly Node[], constants: Readonly<Record<string, Constant>> = {}): OnnxFile {
  const made = nodes.map(([op, inputs, attributes = {}]) => ({
    ...{ op, inputs, attributes },
    outputs: [op.toLowerCase()],
  }));
  return {
    inputs: [{ name: 'image', dataType: DATA_TYPE.float32, dims: [undefined, 3, 4, 4] }],
    outputs: made.at(-1)?.outputs ?? [],
    nodes: made,
    constants: new Map(Object.entries(constants)),
    opset: 18,
  };
}

const SCALES = { scales: floats([4], [1, 1, 3, 3]) };
const larger = (attributes: Attributes): OnnxFile =>
  graphOf([['Resize', ['image', '', 'scales'], attributes]], SCALES);

const REFUSED: Readonly<Record<string, OnnxFile>> = {
  'Elu with alpha': graphOf([['Elu', ['image'], { alpha: 0.5 }]]),
  'Resize with antialias': larger({ mode: 'linear', antialias: 1 }),
  'Resize with axes': larger({ mode: 'linear', axes: [2, 3] }),
  'Resize nearest, half_pixel': larger({ nearest_mode: 'floor' }),
  'Resize nearest, asymmetric': larger({ coordinate_transformation_mode: 'asymmetric' }),
  'Resize linear, pytorch_half_pixel': graphOf(
    [
      [
        'Resize',
        ['image', '', 'scales'],
        { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
      ],
    ],
    { scales: floats([4], [1, 1, 0.25, 0.25]) },
  ),
  'Reshape with allowzero': graphOf([['Reshape', ['image', 'sides'], { allowzero: 1 }]], {
    sides: wholes([2], [3, 16]),
  }),
  'GatherND with batch_dims': graphOf([['GatherND', ['image', 'at'], { batch_dims: 1 }]], {
    at: wholes([1, 1], [0]),
  }),
  'ReduceMean along no axes': graphOf([['ReduceMean', ['image', 'axes'], { noop_with_empty_axes: 1 }]], {
    axes: wholes([0], []),
  }),
  'Gemm with a bias of other sides': graphOf(
    [
      ['Flatten', ['image']],
      ['Gemm', ['flatten', 'weights', 'bias']],
    ],
    { weights: floats([48, 2], new Float32Array(96)), bias: floats([2, 1], [1, 2]) },
  ),
  'Dropout in training': graphOf([['Dropout', ['image', 'ratio', 'training']]], {
    ratio: floats([], [0.5]),
    training: wholes([], [1]),
  }),
  'Cast to whole numbers': graphOf([['Cast', ['image'], { to: DATA_TYPE.float16 }]]),
  'Relu with slope': graphOf([['Relu', ['image'], { slope: 2 }]]),
};

for (const [message, graph] of Object.entries(REFUSED)) {
  test(`refused, as LiteRT.js would give something else: ${message}`, () => {
    assert.throws(() => convertToTflite(graph), { name: 'Unsupported', message });
  });
}

test('attributes that only say what is so without them are no obstacle', () => {
  for (const graph of [
    graphOf([['Elu', ['image'], { alpha: 1 }]]),
    larger({ coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor', antialias: 0 }),
    larger({ nearest_mode: 'round_prefer_ceil', cubic_coeff_a: -0.75 }),
    graphOf([['ReduceMean', ['image', 'axes']]], { axes: wholes([0], []) }),
  ]) {
    assert.deepEqual(convertToTflite(graph).tail.nodes, []);
  }
});

test('limits that stand between a convolution and its activation are known', () => {
  const weights = floats([1, 3, 1, 1], [1, 2, 3]);
  const conv: Node = ['Conv', ['image', 'weights']];
  const six: Node = ['Constant', [], { value: floats([], [6]) }];
  const { tail, outputs } = convertToTflite(
    graphOf([conv, six, ['Clip', ['conv', 'zero', 'constant']]], { weights, zero: floats([], [0]) }),
  );
  assert.deepEqual([tail.nodes, outputs], [[], [{ name: 'clip', dims: [1, 1, 4, 4] }]]);
});

test('an output that no one asks for stands for no input that is left out', () => {
  const tail = {
    nodes: [
      // It gives places as well, which have no name here.
      { op: 'TopK', inputs: ['given', 'one'], outputs: ['best'], attributes: {} },
      { op: 'Clip', inputs: ['given', '', 'limit'], outputs: ['clipped'], attributes: {} },
    ],
    constants: new Map([
      ['one', wholes([1], [1])],
      ['limit', floats([], [5])],
    ]),
    outputs: ['clipped'],
  };
  const results = runTail(tail, new Map([['given', floats([3], [-2, 3, 9])]]));
  assert.deepEqual(results.get('clipped'), floats([3], [-2, 3, 5]));
});

test('a part of a shape, and truth of a number, behind the network', () => {
  const tail = {
    nodes: [
      { op: 'Shape', inputs: ['given'], outputs: ['shape'], attributes: { start: 1, end: -1 } },
      { op: 'Cast', inputs: ['given'], outputs: ['truth'], attributes: { to: DATA_TYPE.bool } },
    ],
    constants: new Map(),
    outputs: ['shape', 'truth'],
  };
  const results = runTail(tail, new Map([['given', floats([1, 2, 1], [0.5, 0])]]));
  assert.deepEqual(results.get('shape'), wholes([1], [2]));
  assert.deepEqual(results.get('truth'), wholes([1, 2, 1], [1, 0]));
});
