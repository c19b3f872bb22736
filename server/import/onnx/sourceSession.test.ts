import assert from 'node:assert/strict';
import test from 'node:test';
import { halfToNumber, numberToHalf } from '../../../vision/half.ts';
import { inspect } from './inspect.ts';
import { decodeModel } from './onnxBytes.ts';
import { OnnxGraph } from './onnxGraph.ts';
import { serialiseOnnx } from './onnxModel.ts';
import { onnx } from './onnxProto/onnx.js';
import { openSource } from './sourceSession.ts';

const FLOAT16 = onnx.TensorProto.DataType.FLOAT16;

test('a model of float16 takes and gives the numbers that are meant, with and without Float16Array', async () => {
  const side = 8;
  const graph = new OnnxGraph();
  const shape = [1, 3, side, side];
  const pixels = graph.input({ name: 'pixels', dtype: 'float32', shape });
  graph.output({ name: 'same', dtype: 'float32', shape }, graph.add('Relu', [pixels], {}, 'same'));
  const model = decodeModel(serialiseOnnx(graph, 'half'));
  for (const port of [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])]) {
    if (port.type?.tensorType) port.type.tensorType.elemType = FLOAT16;
  }
  const session = await openSource(model, undefined);
  const { image } = inspect(model);
  assert.equal(image.dtype, 'float16');
  const picture = Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 37) % 256);
  const outputs = await session.run(
    picture,
    { image, layout: 'NCHW', width: side, height: side },
    { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  );
  await session.close();
  const found = outputs.get('same');
  assert.deepEqual(found?.dims, shape);
  const expected = Array.from({ length: picture.length }, (_, at) => {
    const channel = Math.floor(at / (side * side));
    const value = picture[(at % (side * side)) * 3 + channel] ?? 0;
    return halfToNumber(numberToHalf(Math.fround(value * (1 / 255))));
  });
  assert.deepEqual([...(found?.data ?? [])], expected);
});
