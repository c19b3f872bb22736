import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ImportOptions } from '../../../protocol/models.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { graphModel } from '../convert/tfjsModel.ts';
import { readMetadata, type TfliteMetadata } from '../convert/tflite/metadata.ts';
import { POST_PROCESS } from '../convert/tflite/postProcess.ts';
import { readTflite } from '../convert/tflite/tfliteFile.ts';
import { type LoweredTflite, lowerTflite } from '../convert/tflite/tfliteModel.ts';
import type { Declared } from '../decide/hints.ts';
import { ImportError } from '../importError.ts';
import { decodeModel } from '../onnx/onnxBytes.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { storeWholeWeights } from '../onnx/wholeWeights.ts';
import { readFromZipTail } from '../sources/zip.ts';
import type { LoadedModel } from './importGraph.ts';
import { liteRtOf, liteRtProcess, type RunLiteRt } from './liteRtOf.ts';

/** It is read whole. */
const MAX_BYTES = 1_500_000_000;

/**
 * A TensorFlow Lite model, converted to ONNX.
 * @param entry the file, relative to `dir`
 * @throws ImportError
 */
export async function loadTflite(
  dir: string,
  entry: string,
  options: ImportOptions,
  runLiteRt: RunLiteRt = liteRtProcess,
): Promise<LoadedModel> {
  const file = path.join(dir, entry);
  if ((await stat(file)).size > MAX_BYTES) {
    throw new ImportError('too_large', aboutGraph('files_too_large', { max: formatBytes(MAX_BYTES) }));
  }
  const bytes = await readFile(file);
  const source = readTflite(bytes);
  const metadata = readMetadata(source);
  const lowered = lowerTflite(source);
  const { width, height } = options;
  const { graph, outputs } = graphModel(
    lowered.graph,
    width && height ? { size: { width, height } } : {},
  ).convert();
  storeWholeWeights(graph);
  const model = decodeModel(serialiseOnnx(graph, 'model'));
  const labels = await readFromZipTail(bytes, metadata?.labelFiles ?? []);
  if (labels) {
    // Read as labels in the metadata of an ONNX file are.
    model.metadataProps = [...(model.metadataProps ?? []), { key: 'labels', value: labels.toString('utf8') }];
  }
  const names = outputs.map(({ name }) => name);
  // LiteRT.js does not run TFLite_Detection_PostProcess.
  const other = lowered.isDetector
    ? undefined
    : liteRtOf(source, { file: path.resolve(file), bytes: bytes.byteLength, names }, runLiteRt);
  return { format: 'tflite', model, declared: declaredOf(lowered, metadata), other };
}

/** Its boxes are decoded in the graph. */
const OF_POST_PROCESS: Declared = {
  task: { value: 'object-detection', why: POST_PROCESS },
  head: { value: 'ssd', why: POST_PROCESS },
  boxOrder: { value: 'top-left-bottom-right', why: POST_PROCESS },
};

function declaredOf({ pixels, isDetector }: LoweredTflite, metadata: TfliteMetadata | undefined): Declared {
  const why = reason('metadata');
  const { name, normalization } = metadata ?? {};
  return {
    ...(name ? { name: { value: name.slice(0, 80), why } } : {}),
    ...(isDetector ? OF_POST_PROCESS : {}),
    ...(pixels
      ? ofQuantized(pixels)
      : normalization && {
          scale: { value: 1, why },
          mean: { value: three(normalization.mean), why },
          std: { value: three(normalization.std), why },
        }),
  };
}

/** The whole numbers that the model takes are the pixels; its normalisation is in how they stand for real ones. */
function ofQuantized({ scale, zeroPoint }: { scale: number; zeroPoint: number }): Declared {
  const why = reason('input_is_whole', { dtype: 'uint8' });
  return {
    scale: { value: scale, why },
    mean: { value: three([scale * zeroPoint]), why },
    std: { value: [1, 1, 1], why },
  };
}

const three = ([first = 0, second = first, third = first]: readonly number[]): [number, number, number] => [
  first,
  second,
  third,
];
