import assert from 'node:assert/strict';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import { ImportError } from '../importError.ts';
import { seeded } from '../testing/opHarness.ts';
import { liftOpset } from './liftOpset.ts';
import { encodeModel } from './onnxBytes.ts';
import type { NodeProto } from './onnxFile.ts';
import type { OnnxAttribute, OnnxNode } from './onnxGraph.ts';
import { nodeProto, portProto, tensorProto } from './onnxModel.ts';
import { onnx } from './onnxProto/onnx.js';
import { float32, int64, type Tensor } from './tensor.ts';

const SHAPE: readonly number[] = [1, 3, 4, 6];
const MOST = 0x7fff_ffff;
/** 2 ** 63 - 1, which exporters write for the end of an axis. */
const LONG_MAX = { low: -1, high: MOST, unsigned: false } as never;

interface Small {
  readonly opsets?: readonly number[];
  readonly op: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Inputs behind `x`. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly outputs?: readonly string[];
  change?(node: NodeProto): void;
}

const ints = (...values: number[]) => ({ ints: values });
const scales = (...values: number[]) => float32([4], values);
const cases: Readonly<Record<string, Small>> = {
  'Slice with axes': {
    opsets: [9],
    op: 'Slice',
    attributes: { starts: ints(1, -3), ends: ints(3, MOST), axes: ints(2, 3) },
  },
  'Slice of the first axes': {
    opsets: [9],
    op: 'Slice',
    attributes: { starts: ints(0, 1), ends: ints(1, 3) },
  },
  'Slice to the largest end': {
    opsets: [9],
    op: 'Slice',
    attributes: { starts: ints(2), ends: ints(0), axes: ints(3) },
    change(node) {
      const ends = node.attribute?.find(({ name }) => name === 'ends');
      if (ends) ends.ints = [LONG_MAX];
    },
  },
  'Slice of opset 10': {
    opsets: [10],
    op: 'Slice',
    constants: { starts: int64([1]), ends: int64([3]), axes: int64([1]) },
  },
  TopK: {
    opsets: [9],
    op: 'TopK',
    attributes: { k: { int: 2 }, axis: { int: 3 } },
    outputs: ['y', 'places'],
  },
  'TopK of opset 10': { opsets: [10], op: 'TopK', constants: { k: int64([2]) }, outputs: ['y', 'places'] },
  'Clip to both sides': { op: 'Clip', attributes: { min: { float: -0.5 }, max: { float: 0.25 } } },
  'Clip from below': { op: 'Clip', attributes: { min: { float: 0.125 } } },
  'Clip from above': { op: 'Clip', attributes: { max: { float: 0.125 } } },
  'Pad with nothing': { op: 'Pad', attributes: { pads: ints(0, 0, 1, 2, 0, 0, 0, -1) } },
  'Pad with a number': {
    op: 'Pad',
    attributes: { pads: ints(0, 1, 0, 0, 0, 0, 2, 0), value: { float: 3.5 } },
  },
  'Pad with reflections': {
    op: 'Pad',
    attributes: { pads: ints(0, 0, 1, 1, 0, 0, 2, 2), mode: { text: 'reflect' } },
  },
  'Upsample to the nearest': {
    opsets: [9],
    op: 'Upsample',
    attributes: { mode: { text: 'nearest' } },
    constants: { scales: scales(1, 1, 2, 1.5) },
  },
  'Upsample between': {
    opsets: [9],
    op: 'Upsample',
    attributes: { mode: { text: 'linear' } },
    constants: { scales: scales(1, 1, 2, 2.5) },
  },
  'Resize to the nearest, larger': {
    opsets: [10],
    op: 'Resize',
    constants: { scales: scales(1, 1, 1.75, 3) },
  },
  'Resize to the nearest, smaller': {
    opsets: [10],
    op: 'Resize',
    constants: { scales: scales(1, 1, 0.6, 0.5) },
  },
  'Resize between, larger': {
    opsets: [10],
    op: 'Resize',
    attributes: { mode: { text: 'linear' } },
    constants: { scales: scales(1, 1, 2, 1.3) },
  },
  'Resize between, smaller': {
    opsets: [10],
    op: 'Resize',
    attributes: { mode: { text: 'linear' } },
    constants: { scales: scales(1, 1, 0.5, 0.7) },
  },
  Scatter: {
    op: 'Scatter',
    attributes: { axis: { int: 3 } },
    constants: {
      places: { dtype: 'int64', shape: [1, 1, 1, 2], data: int64([4, 0]).data } as Tensor,
      updates: float32([1, 1, 1, 2], [9, 8]),
    },
  },
  'Dropout without a mask': { op: 'Dropout', attributes: { ratio: { float: 0.5 } } },
  // Ops of which only the version changed, or that took less before.
  'Softmax over all axes from one on': { op: 'Softmax', attributes: { axis: { int: 2 } } },
  LogSoftmax: { op: 'LogSoftmax' },
  Squeeze: { op: 'Squeeze', attributes: { axes: ints(0) } },
  Unsqueeze: { op: 'Unsqueeze', attributes: { axes: ints(0, 3) } },
  ReduceSum: { op: 'ReduceSum', attributes: { axes: ints(1, 3), keepdims: { int: 0 } } },
  ReduceMax: { op: 'ReduceMax' },
  Split: { op: 'Split', attributes: { axis: { int: 3 }, split: ints(2, 4) }, outputs: ['y', 'z'] },
  MaxPool: {
    op: 'MaxPool',
    attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2), pads: ints(0, 1, 0, 1) },
  },
  AveragePool: { op: 'AveragePool', attributes: { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) } },
  ArgMax: { op: 'ArgMax', attributes: { axis: { int: 2 }, keepdims: { int: 0 } } },
  Gather: { op: 'Gather', attributes: { axis: { int: 3 } }, constants: { places: int64([5, 0, 2]) } },
  Flatten: { op: 'Flatten', attributes: { axis: { int: 2 } } },
  DepthToSpace: {
    op: 'DepthToSpace',
    attributes: { blocksize: { int: 1 } },
  },
  Conv: {
    op: 'Conv',
    attributes: { auto_pad: { text: 'SAME_UPPER' }, strides: ints(2, 2) },
    constants: { filter: float32([2, 3, 3, 3], Array.from({ length: 54 }, seeded(3))) },
  },
  ConvTranspose: {
    op: 'ConvTranspose',
    attributes: { strides: ints(2, 2) },
    constants: { filter: float32([3, 2, 2, 2], Array.from({ length: 24 }, seeded(4))) },
  },
  Gemm: {
    op: 'Gemm',
    attributes: { transB: { int: 1 } },
    constants: { by: float32([2, 6], Array.from({ length: 12 }, seeded(5))), bias: float32([2], [1, 2]) },
  },
  'If, with an op inside that changed': {
    op: 'If',
    constants: {},
    change(node) {
      const branch = (name: string, max: number) => ({
        name,
        type: onnx.AttributeProto.AttributeType.GRAPH,
        g: {
          name,
          node: [
            nodeProto({
              op: 'Clip',
              inputs: ['x'],
              outputs: [name],
              attributes: { min: { float: -max }, max: { float: max } },
            }),
          ],
          output: [portProto({ name, dtype: 'float32', shape: [...SHAPE] })],
        },
      });
      node.input = ['condition'];
      node.attribute = [branch('then_branch', 0.5), branch('else_branch', 0.25)];
    },
  },
};
function modelOf(small: Small, opset: number) {
  const { op, attributes = {}, constants = {}, outputs = ['y'], change } = small;
  const picture = op === 'Gemm' ? 'rows' : 'x';
  const node: OnnxNode = { op, inputs: [picture, ...Object.keys(constants)], outputs, attributes };
  const made = nodeProto(node) as NodeProto;
  change?.(made);
  const all: Record<string, Tensor> = { ...constants, shape: int64([12, 6]) };
  return onnx.ModelProto.create({
    irVersion: 7,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'small',
      node: [nodeProto({ op: 'Reshape', inputs: ['x', 'shape'], outputs: ['rows'], attributes: {} }), made],
      initializer: [
        ...Object.entries(all).map(([name, tensor]) => tensorProto(name, tensor)),
        { name: 'condition', dataType: onnx.TensorProto.DataType.BOOL, dims: [], rawData: Uint8Array.of(1) },
      ],
      input: [portProto({ name: 'x', dtype: 'float32', shape: [...SHAPE] })],
      output: outputs.map((name) => ({ name })),
    },
  } as never);
}

async function answers(model: ReturnType<typeof modelOf>) {
  const session = await ort.InferenceSession.create(encodeModel(model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const random = seeded(9);
  const data = Float32Array.from({ length: SHAPE.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1);
  const found = await session.run({ x: new ort.Tensor('float32', data, [...SHAPE]) });
  return Object.entries(found).map(([name, { dims, data: values }]) => ({
    name,
    dims,
    values: Array.from(values as Float32Array),
  }));
}

for (const [name, small] of Object.entries(cases)) {
  test(`lifted to opset 11, ${name} gives what onnxruntime gives for the file as it came`, async () => {
    for (const opset of small.opsets ?? [9, 10]) {
      const model = modelOf(small, opset);
      const before = await answers(model);
      assert.ok(before[0] && before[0].values.length > 0);
      liftOpset(model, opset);
      assert.equal(Number(model.opsetImport[0]?.version), 11);
      assert.deepEqual(await answers(model), before, `opset ${opset}`);
    }
  });
}

test('what cannot be said in opset 11 is refused by the name of the op', () => {
  const refused: Readonly<Record<string, Small>> = {
    'Dropout "y" with a mask': { op: 'Dropout', outputs: ['y', 'mask'] },
    'ConvTranspose "y" with auto_pad SAME_UPPER': {
      op: 'ConvTranspose',
      attributes: { auto_pad: { text: 'SAME_UPPER' } },
    },
    'Resize "y" that grows and shrinks': { op: 'Resize', constants: { scales: scales(1, 1, 2, 0.5) } },
    'Resize "y" by scales that are computed': {
      op: 'Resize',
      change(node) {
        node.input = ['x', 'computed'];
      },
    },
  };
  for (const [message, small] of Object.entries(refused)) {
    assert.throws(
      () => liftOpset(modelOf(small, 9), 9),
      (error) =>
        error instanceof ImportError && error.code === 'unsupported_op' && error.message.startsWith(message),
    );
  }
});
