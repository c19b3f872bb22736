import type * as Runtime from 'onnxruntime-web';
import type { Manifest } from '../../../vision/manifest.ts';
import type { Size } from '../../../vision/steps.ts';
import type { ModelRun, Tensor } from '../../../vision/tasks/task.ts';
import { type ModelAnswer, taskOf } from '../../../vision/tasks/taskOf.ts';
import { DeviceError } from './deviceSession.ts';
import { ofRuntime } from './ofRuntime.ts';
import type { ProviderChoice } from './sessionJob.ts';

/** A model in memory: all of its graphs. */
export interface OpenModel {
  /** Such as `onnxruntime-web 1.30.0`. */
  readonly runtime: string;
  /**
   * @param pixels RGB, of exactly the input's size; read before it resolves, not kept
   * @param size of the pixels, where the input's size follows the picture
   */
  run(pixels: Uint8Array, size?: Size, options?: Pick<ModelRun, 'memory' | 'hasTime'>): Promise<ModelAnswer>;
}

export interface OpenModelOptions {
  /** By their names. */
  readonly graphs: Readonly<Record<string, ArrayBuffer>>;
  readonly manifest: Manifest;
  readonly labels: readonly string[];
  /** Where the runtime's files are: the absolute address of a folder. */
  readonly runtimeUrl: string;
  readonly choice: ProviderChoice;
}

/** The entry that brings no more than its provider needs: the runtime of WebGPU is twice as large. */
const ENTRY = { wasm: 'ort.wasm.min.mjs', webgpu: 'ort.webgpu.min.mjs' } as const;

/** The ONNX graph `y = Identity(x)`, for float32 of one value. */
const TINY_GRAPH = Uint8Array.from([
  ...[8, 8, 58, 43, 10, 16, 10, 1, 120, 18, 1, 121, 34, 8, 73, 100, 101, 110, 116, 105, 116, 121, 18, 1, 116],
  ...[90, 9, 10, 1, 120, 18, 4, 10, 2, 8, 1, 98, 9, 10, 1, 121, 18, 4, 10, 2, 8, 1, 66, 4, 10, 0, 16, 13],
]);

let loading: Promise<typeof Runtime> | undefined;

/**
 * Loads the runtime, once in a worker's life, and compiles it: it does so with the first graph that it opens, so it gets a
 * tiny one where the provider is WebAssembly.
 * @throws DeviceError `unsupported` or `unreachable`
 */
export function loadOnnxRuntime(options: Pick<OpenModelOptions, 'runtimeUrl' | 'choice'>) {
  loading ??= load(options).catch((error: unknown) => {
    // Files that were not to be had when it was loaded ahead may be there for a model.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load({
  runtimeUrl,
  choice: { provider: chosen, threads, mayBeSoftware = false },
}: Pick<OpenModelOptions, 'runtimeUrl' | 'choice'>): Promise<typeof Runtime> {
  const provider = providerOf(chosen);
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('unsupported', 'This browser has no WebAssembly.');
  }
  if (provider === 'webgpu') await needAdapter(mayBeSoftware);
  const ort = await loadRuntime(new URL(ENTRY[provider], runtimeUrl).href);
  ort.env.logLevel = 'error';
  ort.env.wasm.wasmPaths = runtimeUrl;
  ort.env.wasm.numThreads = threads;
  if (provider === 'wasm') {
    const tiny = ort.InferenceSession.create(TINY_GRAPH, { executionProviders: [provider] });
    await (await tiny.catch(throwDeviceError)).release();
  }
  return ort;
}

const providerOf = (chosen: ProviderChoice['provider']) => (chosen === 'webgpu' ? 'webgpu' : 'wasm');

/**
 * Loads the runtime, once in a worker's life, and opens the graphs with exactly this provider. (Given several, the runtime
 * would fall back without a word.)
 * @throws DeviceError `unsupported`, `unreachable`, `memory` or `failed`
 */
export async function openModel({
  graphs,
  manifest,
  labels,
  runtimeUrl,
  choice,
}: OpenModelOptions): Promise<OpenModel> {
  const { threads } = choice;
  const provider = providerOf(choice.provider);
  const ort = await loadOnnxRuntime({ runtimeUrl, choice });
  const task = taskOf(manifest.task);
  const sessions = new Map<string, Runtime.InferenceSession>();
  // One after the other: a graph takes twice its size while it is opened.
  for (const [name, graph] of Object.entries(graphs)) {
    const opening = ort.InferenceSession.create(
      graph,
      sessionOptions(provider, threads, task.inputSize === 'picture'),
    );
    sessions.set(name, await opening.catch(throwDeviceError));
  }
  const { name: inputName } = manifest.input;
  return {
    runtime: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}`,
    async run(pixels, { width, height } = manifest.input, options = {}) {
      /** They may lie outside of what the browser collects. */
      const tensors: Runtime.Tensor[] = [];
      async function runGraph(name: string, inputs: Readonly<Record<string, Tensor>>) {
        const session = sessions.get(name);
        if (session === undefined) throw new Error(`The model has no graph "${name}".`);
        const feeds: Record<string, Runtime.Tensor> = {};
        for (const [input, { type, data, dims }] of Object.entries(inputs)) {
          const tensor = new ort.Tensor(type, data, dims);
          feeds[input] = tensor;
          tensors.push(tensor);
        }
        const outputs = await session.run(feeds).catch(throwDeviceError);
        tensors.push(...Object.values(outputs));
        return outputs;
      }
      try {
        const picture = { type: 'uint8', data: pixels, dims: [1, height, width, 3] } as const;
        return await task.run({ ...options, picture, inputName, labels, runGraph });
      } finally {
        for (const tensor of tensors) tensor.dispose();
      }
    },
  };
}

const sessionOptions = (
  provider: keyof typeof ENTRY,
  threads: number,
  hasManySizes: boolean,
): Runtime.InferenceSession.SessionOptions => ({
  executionProviders: [provider],
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // As on the server: else the runtime keeps a plan of its memory for each size that it has met.
  enableMemPattern: !hasManySizes,
  // Errors. Each run warns that shapes are computed without the GPU.
  logSeverityLevel: 3,
  // As on the server: threads spin within a run, where it saves time, not between runs, where it costs the battery.
  extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' }, force_spinning_stop: '1' } },
});

async function loadRuntime(url: string): Promise<typeof Runtime> {
  try {
    // Not bundled: a page that never runs models itself never loads it.
    return await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ url);
  } catch (cause) {
    throw new DeviceError('unreachable', 'The runtime for models could not be loaded.', { cause });
  }
}

/** What of WebGPU is asked here; browsers without it lack all. */
interface NavigatorWithGpu {
  readonly gpu?: {
    requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
  };
}

/** Before the runtime is loaded: it is large, and of no use without. */
async function needAdapter(mayBeSoftware: boolean): Promise<void> {
  const adapter = await (navigator as NavigatorWithGpu).gpu?.requestAdapter();
  if (!adapter) throw new DeviceError('unsupported', 'no adapter');
  if (adapter.info?.isFallbackAdapter && !mayBeSoftware) {
    throw new DeviceError('unsupported', 'only in software');
  }
}

function throwDeviceError(cause: unknown): never {
  throw ofRuntime(cause);
}
