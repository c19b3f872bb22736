/** What a worker of this browser can do. */
export interface WorkerReport {
  /** From the order to its answer, ms. */
  readonly startMs: number;
  /** Whether it has canvases that encode pictures. */
  readonly hasCanvas: boolean;
  /** Whether it may compile WebAssembly and run it. */
  readonly hasWasm: boolean;
  readonly hasSimd: boolean;
  /** The two that threads of WebAssembly need. */
  readonly isIsolated: boolean;
  readonly hasSharedMemory: boolean;
  /** Undefined where WebGPU is not there, or gives no adapter in time. */
  readonly gpu: Promise<GpuReport | undefined>;
}

export interface GpuReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly hasFloat16: boolean;
  /** Computed by the processor: there is no GPU behind it. */
  readonly isSoftware: boolean;
}

/** What the worker says: one of each. */
export type WorkerAnswer =
  | { readonly type: 'report'; readonly report: Omit<WorkerReport, 'startMs' | 'gpu'> }
  | { readonly type: 'gpu'; readonly gpu: GpuReport | undefined };

/** From the start of the worker on. */
const GPU_MS = 8_000;

/** Starts a worker and has it report. Undefined where workers do not run. */
export function askWorker(signal: AbortSignal): Promise<WorkerReport | undefined> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    let worker: Worker;
    try {
      worker = new Worker(new URL('./doctor.worker.ts', import.meta.url), { name: 'device-check' });
    } catch {
      resolve(undefined);
      return;
    }
    let onGpu = (_gpu: GpuReport | undefined) => {};
    const gpu = new Promise<GpuReport | undefined>((found) => {
      onGpu = found;
    });
    const end = () => {
      clearTimeout(timer);
      worker.terminate();
      resolve(undefined);
      onGpu(undefined);
    };
    const timer = setTimeout(end, GPU_MS);
    signal.addEventListener('abort', end);
    worker.onerror = end;
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
      if (data.type === 'report') {
        resolve({ ...data.report, startMs: performance.now() - startedMs, gpu });
      } else {
        onGpu(data.gpu);
      }
    };
  });
}
