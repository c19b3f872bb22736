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
  /** Undefined where WebGPU is not there, or gives no adapter. */
  readonly gpu: GpuReport | undefined;
}

export interface GpuReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly hasFloat16: boolean;
  /** Computed by the processor: there is no GPU behind it. */
  readonly isSoftware: boolean;
}

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
    const end = (report: WorkerReport | undefined) => {
      worker.terminate();
      resolve(report);
    };
    signal.addEventListener('abort', () => end(undefined));
    worker.onerror = () => end(undefined);
    worker.onmessage = ({ data }: MessageEvent<Omit<WorkerReport, 'startMs'>>) =>
      end({ ...data, startMs: performance.now() - startedMs });
  });
}
