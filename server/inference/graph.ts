import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Answer, Manifest } from '../../vision/manifest.ts';
import { toAnswer } from '../../vision/toAnswer.ts';

/** Name and version of the runtime that this process uses. */
export const RUNTIME = `onnxruntime-node ${env.versions.node ?? env.versions.common}`;

/** A deployed graph in memory; see vision/manifest.ts for what goes in and what comes out. */
export interface Graph {
  /**
   * Runs the graph on one picture. Blocks the thread, which is why it lives in a worker process.
   * @param pixels uint8 RGB, [height, width, 3] of the manifest's input
   * @returns detections have the best score first
   */
  run(pixels: Uint8Array): Promise<Answer>;
  /** Gives its memory back. Not while it runs; it cannot run any more. */
  release(): Promise<void>;
}

/** An ONNX model that gives back the one number that it gets. */
const SMALLEST =
  'CAcSCGxpdmVsZW5zOlIKFQoBeBICeTAaAnkwIghJZGVudGl0eQoUCgJ5MBIBeRoBeSIISWRlbnRpdHkSAXhaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN';

/** What the first graph of a process takes in time and memory, and no other: so that no model is charged for it. */
export async function startRuntime(): Promise<void> {
  const session = await InferenceSession.create(Buffer.from(SMALLEST, 'base64'));
  await session.run({ x: new Tensor('float32', [0], [1]) });
  await session.release();
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
      return toAnswer(task, outputs, labels);
    },
    release: () => session.release(),
  };
}
