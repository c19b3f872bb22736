import { canEncodeOffscreen } from '../../capture/probeReaders.ts';
import type { GpuReport, WorkerAnswer, WorkerReport } from './workerReport.ts';

// In a worker, as models run in one: the policy of the page lets only workers compile WebAssembly.

/** A module of nothing. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
/** One function: `i8x16.popcnt(i8x16.splat(0))`. https://webassembly.github.io/spec/core/binary/instructions.html */
const SIMD = Uint8Array.of(
  ...EMPTY,
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

async function report(): Promise<Omit<WorkerReport, 'startMs' | 'gpu'>> {
  return {
    hasCanvas: canEncodeOffscreen(),
    hasWasm: await compiles(EMPTY),
    hasSimd: await compiles(SIMD),
    isIsolated: self.crossOriginIsolated === true,
    hasSharedMemory: hasSharedMemory(),
  };
}

const compiles = async (code: BufferSource): Promise<boolean> => {
  try {
    return (await WebAssembly.compile(code)) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
};

function hasSharedMemory(): boolean {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

/** As much of WebGPU as is asked for here. TypeScript has no types for it. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly info?: { vendor?: string; architecture?: string; isFallbackAdapter?: boolean };
    readonly isFallbackAdapter?: boolean;
    readonly features: { has(name: string): boolean };
  } | null>;
}

async function findGpu(): Promise<GpuReport | undefined> {
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return undefined;
  const { vendor = '', architecture = '', isFallbackAdapter } = adapter.info ?? {};
  return {
    vendor,
    architecture,
    hasFloat16: adapter.features.has('shader-f16'),
    isSoftware: isFallbackAdapter ?? adapter.isFallbackAdapter ?? false,
  };
}

const answer = (message: WorkerAnswer) => self.postMessage(message);

// Apart: a browser may take seconds to look for an adapter, or never answer.
void report().then((found) => answer({ type: 'report', report: found }));
void findGpu().then((gpu) => answer({ type: 'gpu', gpu }));
