import { graphsOf, type Manifest } from '../../vision/manifest.ts';
import type { Size } from '../../vision/steps.ts';
import type { ModelRun, Outputs, Tensor as TaskTensor } from '../../vision/tasks/task.ts';
import { type ModelAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import { joinPictures, outputsOfEach } from './batch.ts';
import { openSession, Tensor } from './runtime.ts';

/** A model in memory: all of its graphs. */
export interface OpenModel {
  /**
   * Runs the model on one picture. Blocks the thread, which is why it lives in a worker process.
   * @param pixels uint8 RGB, [height, width, 3] of the manifest's input
   * @param size of the pixels, where the input's size follows the picture
   */
  run(pixels: Uint8Array, size?: Size, options?: RunOptions): Promise<ModelAnswer>;
  /**
   * Runs it on several pictures at once, each exactly of the manifest's input. Absent where its graph or its task takes one.
   * @returns an answer for each, in the same order
   */
  readonly runBatch?: ((pictures: readonly Uint8Array[]) => Promise<ModelAnswer[]>) | undefined;
  /** Gives its memory back. Not while it runs; it cannot run any more. */
  release(): Promise<void>;
}

/** Of a frame of a stream; see ModelRun. */
export type RunOptions = Pick<ModelRun, 'memory' | 'hasTime' | 'embedder'>;

/**
 * @param graphFiles paths of the ONNX files, by the names of the graphs
 * @param threads number of cores that one run may use
 * @param options.isOptimised false runs each op of the graph as it stands, which is slow. Default true
 * @param options.provider of the runtime; what it cannot run of the graph, the processor does. Default `cpu`
 * @throws Error of the runtime, when a file is no graph that it can run; then none stays in memory
 */
export async function openModel(
  { manifest, labels, graphFiles }: OpenModelFiles,
  threads: number,
  { isOptimised = true, provider = 'cpu' }: { isOptimised?: boolean; provider?: string } = {},
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
        await openGraph(graphFiles[name] ?? '', {
          threads,
          hasManySizes: task.inputSize === 'picture',
          isOptimised,
          provider,
        }),
      );
    }
  } catch (error) {
    await release();
    throw error;
  }
  const { name: inputName } = manifest.input;
  const picture = (data: Uint8Array, { width, height }: Size, count = 1): TaskTensor => ({
    type: 'uint8',
    data,
    dims: [count, height, width, 3],
  });
  const { batch } = task;
  const main = graphs.get('main');
  const runBatch =
    batch &&
    main?.takesBatches &&
    (async (pictures: readonly Uint8Array[]) => {
      const all = picture(joinPictures(pictures), manifest.input, pictures.length);
      const outputs = outputsOfEach(await main.run({ [inputName]: all }), pictures.length, batch);
      return Promise.all(
        outputs.map((own, at) => {
          const one = picture(pictures[at] ?? new Uint8Array(), manifest.input);
          return task.run({ picture: one, inputName, labels, runGraph: async () => own });
        }),
      );
    });
  return {
    run: (pixels, size = manifest.input, options = {}) =>
      task.run({
        ...options,
        picture: picture(pixels, size),
        inputName,
        labels,
        runGraph(name, inputs) {
          const graph = graphs.get(name);
          if (graph === undefined) throw new Error(`The model has no graph "${name}".`);
          return graph.run(inputs);
        },
      }),
    ...(runBatch && { runBatch }),
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
  /** Its one input takes any number of pictures of one size. */
  readonly takesBatches: boolean;
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
  options: { threads: number; hasManySizes: boolean; isOptimised: boolean; provider: string },
): Promise<Graph> {
  const { threads, hasManySizes, isOptimised, provider } = options;
  const session = await openSession(file, {
    provider,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: isOptimised ? 'all' : 'disabled',
    // The runtime keeps a plan of its memory for each size that it has met: 1,000 of them took 34 to 56 MB, and save no time.
    enableMemPattern: !hasManySizes,
    // Threads that spin while they wait for each other save 2 of 11 ms in a run on two cores; between runs they would
    // take the cores from everything else.
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' }, force_spinning_stop: '1' } },
  });
  const [input, ...others] = session.inputMetadata;
  const [count, ...size] = input?.isTensor ? input.shape : [];
  return {
    takesBatches:
      others.length === 0 && typeof count === 'string' && size.every((side) => typeof side === 'number'),
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
  const session = await openSession(Buffer.from(SMALLEST, 'base64'));
  await session.run({ x: new Tensor('float32', [0], [1]) });
  await session.release();
}
