import assert from 'node:assert/strict';
import test from 'node:test';
import { fillInputs } from './filledInputs.ts';
import { inspect } from './inspect.ts';
import { decodeModel } from './onnxBytes.ts';
import { OnnxGraph } from './onnxGraph.ts';
import { serialiseOnnx } from './onnxModel.ts';
import { onnx } from './onnxProto/onnx.js';
import { openSource } from './sourceSession.ts';
import type { DType } from './tensor.ts';

const { DataType } = onnx.TensorProto;
type Side = number | string;

/** A model that gives what its second input holds, next to one that reads the picture. */
function modelWith(
  name: string,
  shape: readonly Side[],
  { dtype = 'float32' as DType, batch = 'N' as Side } = {},
) {
  const graph = new OnnxGraph();
  const picture = graph.input({ name: 'picture', dtype: 'float32', shape: [batch, 3, 16, 24] });
  const second = graph.input({ name, dtype, shape });
  graph.output(
    { name: 'same', dtype: 'float32', shape: ['any'] },
    graph.add('Identity', [picture], {}, 'same'),
  );
  const held = graph.add('Cast', [second], { to: { int: DataType.FLOAT } }, 'held');
  graph.output({ name: 'second', dtype: 'float32', shape: shape.map(() => 'any') }, held);
  return decodeModel(serialiseOnnx(graph, 'test'));
}

async function filledOf(model: ReturnType<typeof modelWith>) {
  const { image, filled } = inspect(model);
  const arrangement = { image, layout: 'NCHW', width: 24, height: 16 } as const;
  fillInputs(model.graph ?? {}, filled, arrangement);
  assert.deepEqual(
    model.graph?.input?.map(({ name }) => name),
    ['picture'],
  );
  const session = await openSource(model);
  const pixels = new Uint8Array(16 * 24 * 3);
  const plain = { channels: 'RGB', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const found = (await session.run(pixels, arrangement, plain)).get('second');
  await session.close();
  return { dims: found?.dims, values: Array.from(found?.data ?? []) };
}

const cases: readonly [
  name: string,
  shape: readonly Side[],
  dims: readonly number[],
  values: readonly number[],
][] = [
  ['orig_target_sizes', ['N', 2], [1, 2], [24, 16]],
  ['orig_target_sizes', [1, 2], [1, 2], [24, 16]],
  ['orig_target_sizes', [2], [2], [24, 16]],
  ['im_shape', ['N', 2], [1, 2], [16, 24]],
  ['scale_factor', ['?', '?'], [1, 2], [1, 1]],
  ['pixel_mask', ['N', 2, 3], [1, 2, 3], [1, 1, 1, 1, 1, 1]],
];
for (const [name, shape, dims, values] of cases) {
  test(`${name} [${shape}] holds ${values}`, async () => {
    assert.deepEqual(await filledOf(modelWith(name, shape)), { dims, values });
    assert.deepEqual(await filledOf(modelWith(name, shape, { batch: 1 })), { dims, values });
  });
}

for (const dtype of ['int64', 'int32', 'bool'] as const) {
  test(`a mask of ${dtype} is one for each pixel of the picture`, async () => {
    const { dims, values } = await filledOf(modelWith('pixel_mask', ['N', 'height', 'width'], { dtype }));
    assert.deepEqual(dims, [1, 16, 24]);
    assert.ok(values.every((value) => value === 1));
  });
}

const refused: readonly [name: string, shape: readonly Side[], says: RegExp][] = [
  ['input_ids', ['N', 'length'], /2 inputs: .*"input_ids".*CLIP.*optimum-cli export onnx/],
  ['point_coords', ['N', 'points', 2], /"point_coords".*Segment Anything/],
  ['image_shape', [1, 2], /"image_shape".*size of the picture.*yolo export/],
  ['anything', [1, 7], /"anything".*Filled in are orig_target_sizes/],
  ['orig_target_sizes', ['N', 3], /"orig_target_sizes"/],
  // More than memory has: the file asks for it, and no picture is so large.
  ['pixel_mask', [1, 1e6, 1e6], /"pixel_mask"/],
];
for (const [name, shape, says] of refused) {
  test(`${name} [${shape}] is refused by name, with what to export instead`, () => {
    assert.throws(() => inspect(modelWith(name, shape)), { code: 'unsupported_model', message: says });
  });
}

test('of an opset without Expand, nothing is filled in', () => {
  const model = modelWith('scale_factor', ['N', 2]);
  for (const entry of model.opsetImport ?? []) entry.version = 7;
  assert.throws(() => inspect(model), { code: 'unsupported_model', message: /"scale_factor"/ });
});
