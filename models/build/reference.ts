import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { cocoClasses } from '../../server/import/decide/cocoLabels.ts';
import { ImportError } from '../../server/import/importError.ts';
import { type CocoSsdSource, fetchCocoSsd } from './cocoSsd.ts';

/** One thing seen. */
interface ReferenceDetection {
  readonly label: string;
  /** 0..1 */
  readonly score: number;
  /** x, y, width, height in 0..1 of the picture, from its top left; cut at the picture's edges. */
  readonly box: [x: number, y: number, width: number, height: number];
}

export interface Reference {
  /** What computes, for a record: `tfjs-wasm 4.22.0`. */
  readonly name: string;
  /**
   * Detects on a picture of any size; the graph's own preprocessor resizes it to 300x300.
   *
   * @param rgb three bytes a pixel, row by row from the top left: `width * height * 3` bytes
   * @returns at most 50 detections of a score above `minScore`, best first
   */
  detect(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    options: { readonly minScore: number },
  ): Promise<ReferenceDetection[]>;
  close(): void;
}

const maxDetections = 50;
/** What the coco-ssd package ends up with at its default score: it passes one number for both thresholds. */
const maxOverlap = 0.5;

/**
 * Runs the original, unconverted TensorFlow.js graph of COCO-SSD, preprocessor and box decoding included, and
 * after it the steps of the coco-ssd package. The yardstick for tests and benchmarks; nothing in production
 * imports it.
 *
 * @throws ImportError as `fetchCocoSsd`
 */
export async function loadReference(source?: CocoSsdSource): Promise<Reference> {
  await startWasm();
  const model = await loadTfjsGraph(source ?? (await fetchCocoSsd()));
  return {
    name: `tfjs-wasm ${tf.version_core}`,
    async detect(rgb, widthPx, heightPx, { minScore }) {
      const image = tf.tensor4d(rgb, [1, heightPx, widthPx, 3], 'int32');
      const outputs = await model.executeAsync({ image_tensor: image }, [
        'Postprocessor/Slice',
        'Postprocessor/ExpandDims_1',
      ]);
      const [scores, boxes] = Array.isArray(outputs) ? outputs : [];
      if (scores === undefined || boxes === undefined) {
        throw new ImportError('malformed_source', 'COCO-SSD gave no two outputs');
      }
      try {
        return await toDetections(scores, boxes, minScore);
      } finally {
        tf.dispose([image, scores, boxes]);
      }
    },
    close: () => model.dispose(),
  };
}

/** @param scores [1, anchors, 90] @param boxes [1, anchors, 1, 4]: top, left, bottom, right, 0..1 */
async function toDetections(
  scores: tf.Tensor,
  boxes: tf.Tensor,
  minScore: number,
): Promise<ReferenceDetection[]> {
  const chosen = tf.tidy(() => {
    const perAnchor = tf.squeeze<tf.Tensor2D>(scores, [0]);
    const corners = tf.squeeze<tf.Tensor2D>(boxes, [0, 2]);
    const best = tf.max<tf.Tensor1D>(perAnchor, 1);
    const kept = tf.image.nonMaxSuppression(corners, best, maxDetections, maxOverlap, minScore);
    return {
      corners: tf.gather(corners, kept),
      scores: tf.gather(best, kept),
      classes: tf.gather(tf.argMax<tf.Tensor1D>(perAnchor, 1), kept),
    };
  });
  const [corners, best, classes] = await Promise.all([
    chosen.corners.array(),
    chosen.scores.array(),
    chosen.classes.array(),
  ]);
  tf.dispose(chosen);
  return corners.map((edges, i) => {
    const [top = 0, left = 0, bottom = 0, right = 0] = edges.map((edge) => Math.min(Math.max(edge, 0), 1));
    return {
      label: labelOf((classes[i] ?? -1) + 1),
      score: best[i] ?? 0,
      box: [left, top, right - left, bottom - top],
    };
  });
}

function labelOf(id: number): string {
  const found = cocoClasses.find((entry) => entry.id === id);
  if (found === undefined) throw new ImportError('malformed_source', `COCO names nothing by id ${id}`);
  return found.label;
}

/**
 * Makes TensorFlow.js compute with its WebAssembly backend, on one thread, from files in node_modules. The
 * backend adds process-wide handlers that throw uncaught errors and rejections again: another reason to keep it
 * out of a server.
 */
export async function startWasm(): Promise<void> {
  if (tf.getBackend() === 'wasm') return;
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  await tf.ready();
}

function loadTfjsGraph({ json, readShard }: CocoSsdSource): Promise<GraphModel> {
  const { modelTopology, weightsManifest } = json as tf.io.ModelJSON;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const bytes = Buffer.concat(weightsManifest.flatMap(({ paths }) => paths).map(readShard));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
}
