import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as ort from 'onnxruntime-node';
import { messageOf } from '../../protocol/errors.ts';

/** What opens graphs in this process. */
interface Runtime {
  readonly module: Pick<typeof ort, 'InferenceSession' | 'Tensor' | 'env'>;
  /** Execution providers that the library knows, the processor's first. Whether one works here is another question. */
  readonly providers: readonly string[];
  /** Why it is not the native one. */
  readonly note?: string;
}

/**
 * onnxruntime-node, or, where its library cannot be loaded, onnxruntime-web's WebAssembly: the package has had none for Macs
 * with a processor of Intel since 1.24, nor one for musl.
 * @throws what the native one said, where neither is to be had
 */
async function openRuntime(): Promise<Runtime> {
  try {
    const module = await import('onnxruntime-node');
    return { module, providers: providersHere(module.listSupportedBackends()) };
  } catch (cause) {
    const module = await import('onnxruntime-web').catch(() => {
      throw cause;
    });
    // Each worker has a core; threads in WebAssembly would be threads of Node.js.
    module.env.wasm.numThreads = 1;
    const [why] = messageOf(cause).split('\n');
    return { module, providers: ['cpu'], note: `onnxruntime-node has no library for this system: ${why}` };
  }
}

/** Those in the package, and those whose library someone has put next to it. */
function providersHere(backends: ReturnType<typeof ort.listSupportedBackends>): string[] {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = path.join(path.dirname(main), '../bin/napi-v6', process.platform, process.arch);
  const [before, after] = process.platform === 'win32' ? ['', '.dll'] : ['lib', '.so'];
  const isThere = (name: string) =>
    existsSync(path.join(folder, `${before}onnxruntime_providers_${name}${after}`));
  return backends.filter(({ name, bundled }) => bundled || isThere(name)).map(({ name }) => name);
}

const runtime = await openRuntime();

export const { Tensor } = runtime.module;
export type InferenceSession = ort.InferenceSession;
export type Tensor = ort.Tensor;

const { InferenceSession: Session, env } = runtime.module;
const { node, web } = env.versions;

/** Then options of threads and providers mean nothing. */
const isWebAssembly = runtime.note !== undefined;

/**
 * Opens a graph.
 * @param graph a file, or its bytes
 * @param options.provider of the runtime; what it cannot run of the graph, the processor does. Default `cpu`
 * @throws Error of the runtime, when it is no graph that it can run
 */
export function openSession(
  graph: string | Uint8Array,
  { provider = 'cpu', ...options }: SessionOptions = {},
): Promise<InferenceSession> {
  const all = { ...options, executionProviders: [isWebAssembly ? 'wasm' : provider] };
  return typeof graph === 'string' ? Session.create(graph, all) : Session.create(graph, all);
}

type SessionOptions = Omit<ort.InferenceSession.SessionOptions, 'executionProviders'> & { provider?: string };

/** Name and version of the runtime that this process uses. */
export const RUNTIME = isWebAssembly
  ? `onnxruntime-web ${web ?? env.versions.common}`
  : `onnxruntime-node ${node ?? env.versions.common}`;

/** What a process tells of its runtime. */
export interface RuntimeInfo {
  readonly name: string;
  readonly providers: readonly string[];
  readonly note?: string;
}

export const RUNTIME_INFO: RuntimeInfo = {
  name: RUNTIME,
  providers: runtime.providers,
  ...(runtime.note !== undefined && { note: runtime.note }),
};
