import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Manifest } from '../../vision/manifest.ts';
import type { Detection } from '../../vision/tracker.ts';

/** A deployed graph in memory; see vision/manifest.ts for what goes in and what comes out. */
export interface Graph {
  /**
   * Runs the graph on one picture. Blocks the thread, which is why it lives in a worker process.
   * @param pixels uint8 RGB, [height, width, 3] of the manifest's input
   * @returns best score first
   */
  run(pixels: Uint8Array): Promise<Detection[]>;
}

/**
 * @param file path of the ONNX file
 * @param threads how many cores one run may use
 * @throws Error of the runtime, when the file is no graph that it can run
 */
export async function openGraph(
  file: string,
  manifest: Manifest,
  labels: readonly string[],
  threads: number,
): Promise<Graph> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Threads that spin while they wait for each other save 2 of 11 ms in a run on two cores; between runs they would
    // take the cores from everything else.
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' }, force_spinning_stop: '1' } },
  });
  const { name, width, height } = manifest.input;
  return {
    async run(pixels) {
      const outputs = await session.run({ [name]: new Tensor('uint8', pixels, [1, height, width, 3]) });
      const boxes = dataOf(outputs.boxes, Float32Array, 'boxes');
      const scores = dataOf(outputs.scores, Float32Array, 'scores');
      const classes = dataOf(outputs.classes, Int32Array, 'classes');
      return Array.from(scores, (score, row): Detection => {
        const [x = 0, y = 0, boxWidth = 0, boxHeight = 0] = boxes.subarray(row * 4, row * 4 + 4);
        const label = labels[classes[row] ?? -1];
        if (label === undefined) throw new Error(`Class ${classes[row]} has no line in the labels file.`);
        return { label, score, box: [x, y, boxWidth, boxHeight] };
      });
    },
  };
}

function dataOf<T extends Float32Array | Int32Array>(
  tensor: Tensor | undefined,
  kind: abstract new (...args: never[]) => T,
  output: string,
): T {
  if (tensor?.data instanceof kind) return tensor.data;
  throw new Error(
    `Output "${output}" of the graph: ${kind.name} expected, got ${tensor?.type ?? 'nothing'}.`,
  );
}
