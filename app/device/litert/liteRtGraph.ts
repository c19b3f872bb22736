import {
  type CompiledModel,
  Tensor as LiteRtTensor,
  loadAndCompile,
  loadLiteRt,
  supportsFeature,
} from '@litertjs/core';
import type { Outputs, Tensor } from '../../../vision/tasks/task.ts';
import { type Constant, floats } from './constant.ts';
import type { ConvertedGraph } from './convert.ts';
import { joined, picturesOf } from './onePictureEach.ts';
import { runTail } from './tail.ts';

/** A graph that LiteRT.js runs. */
export interface LiteRtGraph {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Outputs>;
}

/** What its threads are started from. */
const THREAD_SCRIPT = 'litert_wasm_threaded_internal.js';

/**
 * Loads LiteRT.js, once in the life of a worker.
 * @param dir the folder of its files, with a slash at its end: an absolute URL, or a path in Node.js
 * @throws Error where they cannot be had, or where the browser has not what it needs
 */
export async function loadRuntime(dir: string, threads: number): Promise<void> {
  // In a classic worker it takes the worker's own script for its own: it would search its files next to that, and start
  // its threads from that.
  const Module = {
    locateFile: (file: string) => dir + file,
    mainScriptUrlOrBlob: dir + THREAD_SCRIPT,
    // It writes what it does as if it were errors, a dozen lines each time.
    print: () => {},
    printErr: (line: string) => {
      if (!/^(INFO|VERBOSE|WARNING):/.test(line)) console.error(line);
    },
  };
  Object.assign(globalThis, { Module });
  withoutGpu();
  await loadLiteRt(dir, { threads: threads > 1 });
}

/** Whether this browser has what the files need that are served: they are those with relaxed SIMD. */
export const hasRelaxedSimd = (): Promise<boolean> => supportsFeature('relaxedSimd');

/**
 * It would wake the fastest GPU of the machine, and keep a device of it, for models that never use it. Where it gets no adapter it
 * says so on the console; it may get one that has no device.
 */
function withoutGpu(): void {
  if (typeof navigator === 'undefined') return;
  const adapter = { limits: {}, features: new Set(), requestDevice: () => Promise.resolve(null) };
  const gpu = { requestAdapter: () => Promise.resolve(adapter) };
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
}

/**
 * Opens a converted graph; the runtime must be loaded.
 * @throws Error of the runtime
 */
export async function openLiteRtGraph(
  { network, ...graph }: ConvertedGraph,
  threads: number,
): Promise<LiteRtGraph> {
  const compiled = await loadAndCompile(network, {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  return {
    async run(inputs) {
      const pictures = picturesOf(inputs, graph.input);
      const answers: Outputs[] = [];
      for (const picture of pictures) answers.push(await runOnce(compiled, graph, picture));
      const [first, ...others] = answers;
      return first && others.length === 0 ? first : joined(answers);
    },
  };
}

async function runOnce(
  compiled: CompiledModel,
  { input, outputs, tail }: Omit<ConvertedGraph, 'network'>,
  picture: Tensor['data'],
): Promise<Outputs> {
  // They lie outside of what the browser collects.
  const tensor = new LiteRtTensor(picture as Uint8Array<ArrayBuffer>, [...input.dims]);
  const results: LiteRtTensor[] = [];
  const values = new Map<string, Constant>();
  try {
    results.push(...(await compiled.run([tensor])));
    for (const [at, { name, dims }] of outputs.entries()) {
      const data = await results[at]?.data();
      if (!(data instanceof Float32Array)) throw new Error(`LiteRT.js gave no floats for "${name}".`);
      values.set(name, floats(dims, data));
    }
  } finally {
    for (const one of [tensor, ...results]) one.delete();
  }
  return Object.fromEntries([...runTail(tail, values)].map(([name, value]) => [name, outputOf(value)]));
}

const outputOf = ({ isFloat, dims, data }: Constant): Outputs[string] =>
  isFloat ? { type: 'float32', data, dims } : { type: 'int32', data: Int32Array.from(data), dims };
