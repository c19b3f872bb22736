import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { graphsOf, type Manifest } from '../../vision/manifest.ts';
import type { Size } from '../../vision/steps.ts';
import type { ModelRun, Outputs, Tensor as TaskTensor } from '../../vision/tasks/task.ts';
import { type ModelAnswer, taskOf } from '../../vision/tasks/taskOf.ts';

/** Name and version of the runtime that this process uses. */
export const RUNTIME = `onnxruntime-node ${env.versions.node ?? env.versions.common}`;

/** A model in memory: all of its graphs. */
export interface OpenModel {
  /**
   * Runs the model on one picture. Blocks the thread, which is why it lives in a worker process.
   * @param pixels uint8 RGB, [height, width, 3] of the manifest's input
   * @param size of the pixels, where the input's size follows the picture
   */
  run(pixels: Uint8Array, size?: Size, options?: RunOptions): Promise<ModelAnswer>;
  /** Gives its memory back. Not while it runs; it cannot run any more. */
  release(): Promise<void>;
}

/** Of a frame of a stream; see ModelRun. */
export type RunOptions = Pick<ModelRun, 'memory' | 'hasTime'>;

/**
 * @param graphFiles paths of the ONNX files, by the names of the graphs
 * @param threads number of cores that one run may use
 * @throws Error of the runtime, when a file is no graph that it can run; then none stays in memory
 */
export async function openModel(
  { manifest, labels, graphFiles }: OpenModelFiles,
  threads: number,
): Promise<OpenModel> {
  const graphs = new Map<string, Graph>();
  const release = async () => {
    for (const graph of graphs.values()) await graph.release();
  };
  const task = taskOf(manifest.task);
  try {
    for (const name of Object.keys(graphsOf(manifest))) {
      graphs.set(
        name,
        await openGraph(graphFiles[name] ?? '', { threads, hasManySizes: task.inputSize === 'picture' }),
      );
    }
  } catch (error) {
    await release();
    throw error;
  }
  const { name: inputName } = manifest.input;
  return {
    run: (pixels, { width, height } = manifest.input, options = {}) =>
      task.run({
        ...options,
        picture: { type: 'uint8', data: pixels, dims: [1, height, width, 3] },
        inputName,
        labels,
        runGraph(name, inputs) {
          const graph = graphs.get(name);
          if (graph === undefined) throw new Error(`The model has no graph "${name}".`);
          return graph.run(inputs);
        },
      }),
    release,
  };
}

/** As a folder of the library has it. */
export interface OpenModelFiles {
  readonly manifest: Manifest;
  readonly labels: readonly string[];
  readonly graphFiles: Readonly<Record<string, string>>;
}

/** A deployed graph in memory. */
interface Graph {
  run(inputs: Readonly<Record<string, TaskTensor>>): Promise<Outputs>;
  release(): Promise<void>;
}

/**
 * @param file path of the ONNX file
 * @param options.threads number of cores that one run may use
 * @param options.hasManySizes inputs differ in size from run to run
 * @throws Error of the runtime, when the file is no graph that it can run
 */
async function openGraph(
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

/** An ONNX model that gives back the one number that it gets. */
const SMALLEST =
  'CAcSCGxpdmVsZW5zOlIKFQoBeBICeTAaAnkwIghJZGVudGl0eQoUCgJ5MBIBeRoBeSIISWRlbnRpdHkSAXhaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN';

/** What the first graph of a process takes in time and memory, and no other: so that no model is charged for it. */
export async function startRuntime(): Promise<void> {
  const session = await InferenceSession.create(Buffer.from(SMALLEST, 'base64'));
  await session.run({ x: new Tensor('float32', [0], [1]) });
  await session.release();
}
