import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Answer, Manifest } from '../../vision/manifest.ts';

/** A deployed graph in memory; see vision/manifest.ts for what goes in and what comes out. */
export interface Graph {
  /**
   * Runs the graph on one picture. Blocks the thread, which is why it lives in a worker process.
   * @param pixels uint8 RGB, [height, width, 3] of the manifest's input
   * @returns detections have the best score first
   */
  run(pixels: Uint8Array): Promise<Answer>;
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
  const { task } = manifest;
  const { name, width, height } = manifest.input;
  return {
    async run(pixels) {
      const outputs = await session.run({ [name]: new Tensor('uint8', pixels, [1, height, width, 3]) });
      switch (task) {
        case 'object-detection':
          return { task, detections: detectionsOf(outputs, labels) };
        case 'image-classification': {
          const scores = dataOf(outputs.scores, Float32Array, 'scores');
          if (scores.length !== labels.length) {
            throw new Error(
              `The graph gives ${scores.length} scores, the labels file has ${labels.length} lines.`,
            );
          }
          return { task, scores };
        }
        case 'image-embedding':
          return { task, embedding: dataOf(outputs.embedding, Float32Array, 'embedding') };
        default:
          return task satisfies never;
      }
    },
  };
}

type Outputs = Readonly<Record<string, Tensor | undefined>>;

function detectionsOf(outputs: Outputs, labels: readonly string[]) {
  const boxes = dataOf(outputs.boxes, Float32Array, 'boxes');
  const scores = dataOf(outputs.scores, Float32Array, 'scores');
  const classes = dataOf(outputs.classes, Int32Array, 'classes');
  return Array.from(scores, (score, row) => {
    const [x = 0, y = 0, width = 0, height = 0] = boxes.subarray(row * 4, row * 4 + 4);
    // A graph of more classes than labels is a fault of its maker, and no reason to lose a worker.
    const label = labels[classes[row] ?? -1] ?? `class ${classes[row]}`;
    return { label, score, box: [x, y, width, height] as const };
  });
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
