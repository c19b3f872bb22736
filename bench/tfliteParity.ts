import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { messageOf } from '../protocol/errors.ts';
import { graphModel } from '../server/import/convert/tfjsModel.ts';
import {
  type Quantization,
  readTflite,
  type TfliteModel,
  type TfliteTensor,
} from '../server/import/convert/tflite/tfliteFile.ts';
import { lowerTflite } from '../server/import/convert/tflite/tfliteModel.ts';
import { serialiseOnnx } from '../server/import/onnx/onnxModel.ts';
import { storeWholeWeights } from '../server/import/onnx/wholeWeights.ts';
import { openLiteRt } from '../server/import/prove/liteRt.ts';

/**
 * How far TensorFlow Lite models are, once converted, from what LiteRT.js says of the original file: for each output the largest
 * difference, and the largest value. The pixels are random; of a photo for models that take uint8, where one is given.
 *
 *     npx tsx bench/tfliteParity.ts [--photo FILE] FILE.tflite ...
 */
const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { photo: { type: 'string' } },
});
const { Tensor: LiteRtTensor, loadAndCompile } = await openLiteRt();
for (const file of files) {
  console.log(path.basename(file));
  const lines = await compare(await readFile(file)).catch((error: unknown) => [messageOf(error)]);
  for (const line of lines) console.log(`  ${line}`);
}

async function compare(bytes: Uint8Array): Promise<string[]> {
  const model = readTflite(bytes);
  const input = tensorOf(model, model.inputs[0]);
  const given = await pixelsFor(input);
  const startedAt = performance.now();
  const { graph, outputs } = graphModel(lowerTflite(model).graph, {}).convert();
  storeWholeWeights(graph);
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'model'));
  const convertedMs = performance.now() - startedAt;
  const ours = await session.run({
    input: new ort.Tensor('float32', asReal(given, input.quantization), input.shape),
  });
  const compiled = await loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  const theirs = await compiled.run([LiteRtTensor.fromTypedArray(given, [...input.shape])]);
  const lines = [`converted and opened in ${convertedMs.toFixed(0)} ms`];
  for (const [at, { name, label }] of outputs.entries()) {
    const { quantization } = tensorOf(model, model.outputs[at]);
    const expected = asReal((await theirs[at]?.data()) ?? [], quantization);
    const got = ours[name]?.data ?? [];
    if (got.length !== expected.length) {
      lines.push(`${label}: ${got.length} values instead of ${expected.length}`);
      continue;
    }
    const differences = expected.map((value, index) => Math.abs(value - Number(got[index])));
    const most = largest(differences);
    const step = quantization?.scales[0];
    const inSteps = step === undefined ? '' : `, ${Math.round(most / step)} steps`;
    lines.push(
      `${label}: differs by ${most.toExponential(1)} of ${largest(expected.map(Math.abs)).toPrecision(3)}${inSteps}`,
    );
  }
  return lines;
}

async function pixelsFor({
  type,
  shape,
}: TfliteTensor): Promise<Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>> {
  const length = shape.reduce((product, side) => product * side, 1);
  if (type === 'float32') return Float32Array.from({ length }, () => 2 * Math.random() - 1);
  if (type !== 'uint8') throw new Error(`LiteRT.js takes no ${type}.`);
  if (values.photo === undefined) return Uint8Array.from({ length }, () => Math.floor(256 * Math.random()));
  const [, height, width] = shape;
  const photo = sharp(values.photo).resize({ width, height, fit: 'cover' });
  return new Uint8Array(await photo.removeAlpha().toColourspace('srgb').raw().toBuffer());
}

function tensorOf({ tensors }: TfliteModel, index: number | undefined): TfliteTensor {
  const tensor = tensors[index ?? -1];
  if (tensor === undefined) throw new Error('The model has no such tensor.');
  return tensor;
}

function asReal(data: ArrayLike<number>, quantization: Quantization | undefined): Float32Array {
  if (quantization === undefined) return Float32Array.from(data);
  const [scale = 1] = quantization.scales;
  const [zeroPoint = 0] = quantization.zeroPoints;
  return Float32Array.from(data, (value) => (value - zeroPoint) * scale);
}

function largest(numbers: Float32Array): number {
  return numbers.reduce((most, one) => Math.max(most, one), 0);
}
