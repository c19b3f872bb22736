import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import { int, ints, seeded, text } from '../../testing/opHarness.ts';
import { readTfjsModel } from '../tfjsModel.ts';

/*
 * The loop of TensorFlow 1 over the pictures of a batch, and the end of a detector, under the names and with the ops of the Object
 * Detection API (COCO-SSD of TensorFlow.js has them); its network is one convolution. TensorFlow 2's is in human.long.test.ts.
 */

const frame = { frame_name: text('Preprocessor/map/while/while_context'), T: { type: 3 } };
const node = (name: string, op: string, input: string[] = [], attr: Record<string, unknown> = {}) => ({
  name,
  op,
  input,
  attr,
});
const type = { dtype: { type: 1 } };

/** @param looped what the loop's list of pictures is made of */
function detector(looped = 'ToFloat') {
  const map = 'Preprocessor/map';
  const loop = `${map}/while`;
  const values = seeded(5);
  const weights: Record<string, readonly [shape: number[], dtype: 'int32' | 'float32', values: number[]]> = {
    zero: [[], 'int32', [0]],
    one: [[], 'int32', [1]],
    minusOne: [[], 'int32', [-1]],
    begin: [[1], 'int32', [0]],
    end: [[1], 'int32', [1]],
    [`${loop}/ResizeImage/stack`]: [[2], 'int32', [8, 6]],
    upsampled: [[2], 'int32', [2, 2]],
    kernel: [[8, 6, 3, 20], 'float32', Array.from({ length: 8 * 6 * 3 * 20 }, () => values() / 255 - 0.002)],
    boxShape: [[4], 'int32', [1, 5, 1, 4]],
    scoreShape: [[3], 'int32', [1, 5, 4]],
    squeezed: [[3], 'int32', [1, 5, 4]],
    'Postprocessor/Slice/begin': [[3], 'int32', [0, 0, 1]],
    'Postprocessor/Slice/size': [[3], 'int32', [-1, -1, -1]],
    two: [[], 'int32', [2]],
  };
  const nodes = [
    ...Object.keys(weights).map((name) => node(name, 'Const')),
    node('image_tensor', 'Placeholder', [], {
      dtype: { type: 4 },
      shape: { shape: { dim: [-1, -1, -1, 3].map((size) => ({ size: String(size) })) } },
    }),
    node('ToFloat', 'Cast', ['image_tensor'], { SrcT: { type: 4 }, DstT: { type: 1 } }),
    // As networks make their maps larger.
    node('upsample', 'ResizeBilinear', ['network', 'upsampled'], { align_corners: { b: false } }),
    node('other', 'Mul', ['ToFloat', 'ToFloat']),
    node(`${map}/Shape`, 'Shape', ['ToFloat'], { out_type: { type: 3 } }),
    node(`${map}/count`, 'StridedSlice', [`${map}/Shape`, 'begin', 'end', 'end'], {
      shrink_axis_mask: int(1),
    }),
    node(`${map}/range`, 'Range', ['zero', `${map}/count`, 'one'], { Tidx: { type: 3 } }),
    node(`${map}/TensorArray`, 'TensorArrayV3', [`${map}/count`], { ...type, dynamic_size: { b: false } }),
    node(`${map}/TensorArray_1`, 'TensorArrayV3', [`${map}/count`], { ...type, dynamic_size: { b: false } }),
    node(
      `${map}/Scatter`,
      'TensorArrayScatterV3',
      [`${map}/TensorArray`, `${map}/range`, looped, `${map}/TensorArray:1`],
      { T: { type: 1 } },
    ),
    node(`${loop}/Enter`, 'Enter', ['zero'], frame),
    node(`${loop}/Enter_1`, 'Enter', [`${map}/TensorArray_1:1`], frame),
    node(`${loop}/Less/Enter`, 'Enter', [`${map}/count`], { ...frame, is_constant: { b: true } }),
    node(`${loop}/Read/Enter`, 'Enter', [`${map}/TensorArray`], { ...frame, is_constant: { b: true } }),
    node(`${loop}/Read/Enter_1`, 'Enter', [`${map}/Scatter`], { ...frame, is_constant: { b: true } }),
    node(`${loop}/Write/Enter`, 'Enter', [`${map}/TensorArray_1`], { ...frame, is_constant: { b: true } }),
    node(`${loop}/Merge`, 'Merge', [`${loop}/Enter`, `${loop}/NextIteration`]),
    node(`${loop}/Merge_1`, 'Merge', [`${loop}/Enter_1`, `${loop}/NextIteration_1`]),
    node(`${loop}/Less`, 'Less', [`${loop}/Merge`, `${loop}/Less/Enter`]),
    node(`${loop}/LoopCond`, 'LoopCond', [`${loop}/Less`]),
    node(`${loop}/Switch`, 'Switch', [`${loop}/Merge`, `${loop}/LoopCond`]),
    node(`${loop}/Switch_1`, 'Switch', [`${loop}/Merge_1`, `${loop}/LoopCond`]),
    node(`${loop}/Identity`, 'Identity', [`${loop}/Switch:1`]),
    node(`${loop}/add`, 'Add', [`${loop}/Identity`, 'one']),
    node(`${loop}/NextIteration`, 'NextIteration', [`${loop}/add`]),
    node(
      `${loop}/Read`,
      'TensorArrayReadV3',
      [`${loop}/Read/Enter`, `${loop}/Identity`, `${loop}/Read/Enter_1`],
      type,
    ),
    node(`${loop}/ExpandDims`, 'ExpandDims', [`${loop}/Read`, 'zero']),
    node(`${loop}/Resize`, 'ResizeBilinear', [`${loop}/ExpandDims`, `${loop}/ResizeImage/stack`], {
      align_corners: { b: false },
    }),
    node(`${loop}/Squeeze`, 'Squeeze', [`${loop}/Resize`], { squeeze_dims: ints(0) }),
    node(
      `${loop}/Write`,
      'TensorArrayWriteV3',
      [`${loop}/Write/Enter`, `${loop}/Identity`, `${loop}/Squeeze`, `${loop}/Switch_1:1`],
      { T: { type: 1 } },
    ),
    node(`${loop}/NextIteration_1`, 'NextIteration', [`${loop}/Write`]),
    node(`${loop}/Exit_1`, 'Exit', [`${loop}/Switch_1`]),
    node(`${map}/Gather`, 'TensorArrayGatherV3', [`${map}/TensorArray_1`, `${map}/range`, `${loop}/Exit_1`], {
      ...type,
      element_shape: { shape: { unknownRank: true } },
    }),
    node('network', 'Conv2D', [`${map}/Gather`, 'kernel'], {
      strides: ints(1, 1, 1, 1),
      padding: text('VALID'),
      data_format: text('NHWC'),
      dilations: ints(1, 1, 1, 1),
      T: { type: 1 },
    }),
    node('Postprocessor/Reshape_2', 'Reshape', ['network', 'squeezed']),
    node('Postprocessor/ExpandDims_1', 'ExpandDims', ['Postprocessor/Reshape_2', 'two']),
    node('logits', 'Reshape', ['network', 'scoreShape']),
    node('Postprocessor/convert_scores', 'Sigmoid', ['logits']),
    node('Postprocessor/Slice', 'Slice', [
      'Postprocessor/convert_scores',
      'Postprocessor/Slice/begin',
      'Postprocessor/Slice/size',
    ]),
  ];
  const shard = Buffer.concat(
    Object.values(weights).map(([, dtype, all]) =>
      Buffer.from(dtype === 'int32' ? Int32Array.from(all).buffer : Float32Array.from(all).buffer),
    ),
  );
  const specs = Object.entries(weights).map(([name, [shape, dtype]]) => ({ name, shape, dtype }));
  return {
    json: {
      modelTopology: { versions: { producer: 1 }, node: nodes },
      weightsManifest: [{ paths: ['shard'], weights: specs }],
    },
    shard,
    specs,
  };
}

test('the loop over pictures stands in the graph once, and gives what it gives in TensorFlow.js', async () => {
  const { json, shard, specs } = detector();
  const model = readTfjsModel(json, () => shard);
  // What the loop makes of a picture of any size.
  assert.deepEqual(model.input.dims.slice(1), [8, 6, 3]);
  const { graph, outputs } = model.convert();
  assert.deepEqual(
    outputs.map(({ label, dims }) => [label, dims]),
    [
      ['raw_detection_boxes', [1, 5, 4]],
      ['raw_detection_scores', [1, 5, 3]],
    ],
  );
  const pixels = Float32Array.from({ length: 8 * 6 * 3 }, seeded(3)).map((value) => Math.round(value * 255));
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'small'));
  const found = await session.run({ input: new ort.Tensor('float32', pixels, [1, 8, 6, 3]) });
  await tf.setBackend('cpu');
  const weightData = shard.buffer.slice(shard.byteOffset, shard.byteOffset + shard.byteLength) as ArrayBuffer;
  const original = await loadGraphModel({
    load: async () => ({ modelTopology: json.modelTopology, weightSpecs: specs, weightData }),
  });
  const input = tf.tensor(pixels, [1, 8, 6, 3], 'int32');
  const names = ['Postprocessor/Reshape_2', 'Postprocessor/Slice'];
  const expected = [await original.executeAsync({ image_tensor: input }, names)].flat();
  for (const [i, tensor] of expected.entries()) {
    const values = found[outputs[i]?.name ?? '']?.data as Float32Array;
    const right = await tensor.data();
    assert.equal(values.length, right.length);
    for (const [at, value] of right.entries()) {
      assert.ok(Math.abs(value - (values[at] ?? 9)) < 1e-4, `${value}, not ${values[at]}`);
    }
  }
  tf.dispose([input, expected]);
  original.dispose();
});

test('a loop over anything else stays, and is refused by its name', () => {
  const { json, shard } = detector('other');
  const model = readTfjsModel(json, () => shard, { size: { height: 8, width: 6 } });
  assert.throws(() => model.convert(), {
    code: 'unsupported_use',
    message: /has a cycle through ".*map\/while/,
  });
});

test('nodes that read themselves, without a loop, are refused', () => {
  const { json, shard } = detector();
  const { node: nodes } = json.modelTopology;
  const circle = nodes.map((one) => (one.name === 'ToFloat' ? { ...one, input: ['circle'] } : one));
  const topology = { ...json.modelTopology, node: [...circle, node('circle', 'Identity', ['ToFloat'])] };
  const size = { height: 8, width: 6 };
  const model = readTfjsModel({ ...json, modelTopology: topology }, () => shard, { size });
  assert.throws(() => model.convert(), { code: 'unsupported_use', message: /has a cycle through/ });
});
