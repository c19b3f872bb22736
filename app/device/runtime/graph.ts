import type * as Runtime from 'onnxruntime-web';
import type { Answer, Manifest } from '../../../vision/manifest.ts';
import { toAnswer } from '../../../vision/toAnswer.ts';
import { DeviceError } from './deviceSession.ts';
import type { ProviderChoice } from './sessionJob.ts';

/** A model's graph in memory. */
export interface Graph {
  /** Such as `onnxruntime-web 1.30.0`. */
  readonly runtime: string;
  /** @param pixels RGB, of exactly the input's size; read before it resolves, not kept */
  run(pixels: Uint8Array): Promise<Answer>;
}

export interface GraphOptions {
  readonly graph: ArrayBuffer;
  readonly manifest: Manifest;
  readonly labels: readonly string[];
  /** Where the runtime's files are: the absolute address of a folder. */
  readonly runtimeUrl: string;
  readonly choice: ProviderChoice;
}

/** The entry that brings no more than its provider needs: the runtime of WebGPU is twice as large. */
const ENTRY = { wasm: 'ort.wasm.min.mjs', webgpu: 'ort.webgpu.min.mjs' } as const;

/**
 * Loads the runtime, once in a worker's life, and opens the graph with exactly this provider. (Given several, the runtime
 * would fall back without a word.)
 * @throws DeviceError `unsupported`, `unreachable`, `memory` or `failed`
 */
export async function openGraph({
  graph,
  manifest,
  labels,
  runtimeUrl,
  choice: { provider, threads, mayBeSoftware = false },
}: GraphOptions): Promise<Graph> {
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('unsupported', 'This browser has no WebAssembly.');
  }
  if (provider === 'webgpu') await needAdapter(mayBeSoftware);
  const ort = await loadRuntime(new URL(ENTRY[provider], runtimeUrl).href);
  ort.env.logLevel = 'error';
  ort.env.wasm.wasmPaths = runtimeUrl;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: [provider],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors. That shapes are computed without the GPU is told as a warning each time.
    logSeverityLevel: 3,
    // As on the server: threads spin within a run, where it saves time, not between runs, where it costs the battery.
    extra: { session: { intra_op: { allow_spinning: threads > 1 ? '1' : '0' }, force_spinning_stop: '1' } },
  }).catch((cause: unknown) => {
    throw asDeviceError(cause);
  });
  const { task } = manifest;
  const { name, width, height } = manifest.input;
  return {
    runtime: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}`,
    async run(pixels) {
      const input = new ort.Tensor('uint8', pixels, [1, height, width, 3]);
      const outputs = await session.run({ [name]: input }).catch((cause: unknown) => {
        throw asDeviceError(cause);
      });
      const answer = toAnswer(task, outputs, labels);
      for (const tensor of Object.values(outputs)) tensor.dispose();
      input.dispose();
      return answer;
    },
  };
}

async function loadRuntime(url: string): Promise<typeof Runtime> {
  try {
    // Not bundled: a page that never looks by itself never loads it.
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

/** The runtime's errors have no codes. */
function asDeviceError(cause: unknown): DeviceError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (
    cause instanceof RangeError ||
    /out of memory|bad_alloc|\bOOM\b|memory allocation|allocate/i.test(message)
  ) {
    return new DeviceError('memory', `There is not enough memory for the model: ${message}`, { cause });
  }
  if (/SIMD is not supported|is not supported in this|not defined/i.test(message)) {
    return new DeviceError('unsupported', `This browser cannot run models: ${message}`, { cause });
  }
  if (/fetch|import|network|load/i.test(message)) {
    return new DeviceError('unreachable', `The runtime for models could not be loaded: ${message}`, {
      cause,
    });
  }
  return new DeviceError('failed', message, { cause });
}
