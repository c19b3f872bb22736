import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Outputs, Tensor as TaskTensor } from '../../vision/tasks/task.ts';

/** Name and version of the runtime that this process uses. */
export const RUNTIME = `onnxruntime-node ${env.versions.node ?? env.versions.common}`;

/** A deployed graph in memory. */
export interface Graph {
  /** Blocks the thread, which is why it lives in a worker process. */
  run(inputs: Readonly<Record<string, TaskTensor>>): Promise<Outputs>;
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
 * @param options.threads number of cores that one run may use
 * @param options.hasManySizes inputs differ in size from run to run
 * @throws Error of the runtime, when the file is no graph that it can run
 */
export async function openGraph(
  file: string,
  { threads, hasManySizes = false }: { threads: number; hasManySizes?: boolean },
): Promise<Graph> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // The runtime keeps a plan of its memory for each size that it has met: 1,000 of them took 34 to 56 MB, and save no time.
    enableMemPattern: !hasManySizes,
    // Threads that spin while they wait for each other save 2 of 11 ms in a run on two cores; between runs they would
    // take the cores from everything else.
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' }, force_spinning_stop: '1' } },
  });
  return {
    run(inputs) {
      const feeds: Record<string, Tensor> = {};
      for (const [name, { type, data, dims }] of Object.entries(inputs)) {
        feeds[name] = new Tensor(type, data, dims);
      }
      return session.run(feeds);
    },
    release: () => session.release(),
  };
}
