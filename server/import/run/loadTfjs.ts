import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ImportOptions } from '../../../protocol/models.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { RAW_BOXES } from '../convert/graph/detectionApi.ts';
import { isTeachableMachine, readTeachableMachine, refuseOtherKinds } from '../convert/teachableMachine.ts';
import { type ModelFiles, openTfjs } from '../convert/tfjsFiles.ts';
import type { Declared } from '../decide/hints.ts';
import { ImportError } from '../importError.ts';
import { decodeModel } from '../onnx/onnxBytes.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import type { LoadedModel } from './importGraph.ts';

/** Weight files are read whole, all at once. */
const MAX_BYTES = 1_500_000_000;

/**
 * A TensorFlow.js model, graph or layers, converted to ONNX.
 * @param entry its model.json, relative to `dir`
 * @throws ImportError
 */
export async function loadTfjs(dir: string, entry: string, options: ImportOptions): Promise<LoadedModel> {
  const files = await readFolder(path.join(dir, path.dirname(entry)), path.basename(entry));
  const { width, height } = options;
  const opened = openTfjs(files, path.basename(entry), width && height ? { size: { width, height } } : {});
  const { model, metadata } = opened;
  refuseOtherKinds(metadata, model);
  const isTeachable = isTeachableMachine(metadata);
  const { graph, outputs } = model.convert();
  const isDetector = outputs.some(({ label }) => label === RAW_BOXES);
  const declared = isTeachable
    ? declaredOf(readTeachableMachine(opened, outputs))
    : isDetector
      ? OF_DETECTION_API
      : {};
  return {
    format: isTeachable ? 'teachable-machine' : `tfjs-${model.format}`,
    model: decodeModel(serialiseOnnx(graph, 'model')),
    declared,
  };
}

/** Its boxes are decoded, and its published configurations stretch pictures to a square (fixed_shape_resizer). */
const OF_DETECTION_API: Declared = {
  task: { value: 'object-detection', why: reason('usual_detection_api') },
  head: { value: 'ssd', why: reason('usual_detection_api') },
  fit: { value: 'stretch', why: reason('usual_detection_api') },
  boxOrder: { value: 'top-left-bottom-right', why: reason('usual_detection_api') },
};

function declaredOf({ name, labels }: { name: string; labels: readonly string[] }): Declared {
  const why = reason('teachable_machine');
  return {
    task: { value: 'image-classification', why: 'metadata.json' },
    labels: { value: [...labels], why: 'metadata.json' },
    ...(name ? { name: { value: name.slice(0, 80), why: 'metadata.json' } } : {}),
    // By 127 and not by 127.5.
    scale: { value: 1 / 127, why },
    mean: { value: [1, 1, 1], why },
    std: { value: [1, 1, 1], why },
    channels: { value: 'RGB', why },
    fit: { value: 'crop', why },
    crop: { value: 1, why },
    resample: { value: 'bilinear', why },
  };
}

/** The model's JSON, and all files next to it that are no other JSON than its metadata. */
async function readFolder(folder: string, entry: string): Promise<ModelFiles> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const file of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const where = path.join(file.parentPath, file.name);
    const name = path.relative(folder, where).split(path.sep).join('/');
    // A link could lead to any file of this machine.
    if (!file.isFile() || (name.endsWith('.json') && name !== entry && name !== 'metadata.json')) continue;
    total += (await stat(where)).size;
    if (total > MAX_BYTES) {
      throw new ImportError('too_large', aboutGraph('files_too_large', { max: formatBytes(MAX_BYTES) }));
    }
    files.set(name, await readFile(where));
  }
  return files;
}
