import { graphsOf, type Manifest } from '../../vision/manifest.ts';
import type { Size } from '../../vision/steps.ts';
import type { ModelRun } from '../../vision/tasks/task.ts';
import { type ModelAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import { type Graph, openGraph } from './graph.ts';

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
