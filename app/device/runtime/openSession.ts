import { messageOf } from '../../../protocol/errors.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { serverUrl } from '../../browser/basePath.ts';
import { keepRuntimeOffline } from '../../offline/runtimeCache.ts';
import { RUNTIME_URL } from '../../offline/runtimeUrl.ts';
import { DeviceError, type DeviceSession } from './deviceSession.ts';
import { judgeFailure, verdictsOf } from './gpuTrial.ts';
import { type ModelFiles, ModelWorker } from './modelWorker.ts';
import { type OpenedWorker, type OpenWorker, openGpu, RenewingSession } from './renewingSession.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export interface OpenOptions {
  readonly model: DeviceModel;
  readonly files: ModelFiles;
  /** Ends the opening; an open session is ended by its `close`. */
  readonly signal: AbortSignal;
  /** Whether something large may be fetched unasked now, such as the runtime of WebGPU. Default: it may. */
  readonly mayFetch?: () => boolean;
  /** The folder of the runtime's files: an absolute URL. Default: that of the server. */
  readonly runtimeUrl?: string;
  /** What differs from that which suits this device. */
  readonly tuning?: Partial<Tuning>;
}

/**
 * Opens a model in a worker and runs its goldens. It resolves whether they agree or not: check `certificate.passes`.
 *
 * WebAssembly answers first. WebGPU is tried in a second worker once pictures have come for a while, and takes over where
 * its goldens pass and it is faster; the verdict is stored, and used from the start the next time.
 * @throws DeviceError `unsupported`, `unreachable`, `memory`, `failed`; what `files` throws; or the signal's reason
 */
export async function openDeviceSession(options: OpenOptions): Promise<DeviceSession> {
  const { model, files, signal, runtimeUrl = serverUrl(RUNTIME_URL), mayFetch = () => true } = options;
  const tuning: Tuning = { ...tuningOf(self, navigator), ...options.tuning };
  const verdicts = verdictsOf(
    { id: model.manifest.id, version: model.version },
    { runtimeUrl, userAgent: navigator.userAgent },
  );
  const openWorker: OpenWorker = (choice, until) =>
    ModelWorker.open({ model, files, runtimeUrl, choice, signal: until });
  const base = { model, tuning, openWorker, verdicts, mayFetch };

  const verdict = tuning.noGpu === undefined ? verdicts.read() : { isChosen: false, why: tuning.noGpu };
  let why = verdict?.why ?? 'WebGPU was not tried yet';
  if (verdict?.isChosen) {
    try {
      const worker = await openGpu(tuning, openWorker, signal);
      if (worker.certificate.passes) return new RenewingSession({ ...base, worker, why, isTried: true });
      worker.close();
      why = 'WebGPU: goldens differ';
      verdicts.write({ isChosen: false, why });
    } catch (error) {
      signal.throwIfAborted();
      why = `WebGPU: ${messageOf(error)}`;
      const judged = judgeFailure(error);
      if (judged) verdicts.write(judged);
    }
  }
  const { worker, problem } = await openWasm(tuning.threads, (threads) =>
    openWorker({ provider: 'wasm', threads }, signal),
  );
  if (problem !== undefined) why = `${why}; ${problem}`;
  return new RenewingSession({ ...base, worker, why, isTried: verdict !== undefined });
}

/** What the runtime needs to open again without a network. */
const RUNTIME_FILES = {
  wasm: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
  webgpu: [
    'ort.webgpu.min.mjs',
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
  ],
} as const;

/** As `openDeviceSession`, for this page: keeps the runtime for when the network is away. */
export async function openSession(options: OpenOptions): Promise<DeviceSession> {
  const session = await openDeviceSession(options);
  keepRuntime(session);
  // WebGPU may take over later.
  session.onRenewed(() => keepRuntime(session));
  return session;
}

/** What computes now, and what takes its place where that fails. */
function keepRuntime({ provider: { provider } }: DeviceSession): void {
  const files = [...RUNTIME_FILES.wasm, ...(provider === 'webgpu' ? RUNTIME_FILES.webgpu : [])];
  // Where the browser keeps nothing (http, private windows), it is fetched again the next time.
  keepRuntimeOffline(files.map((file) => serverUrl(RUNTIME_URL + file))).catch(() => {});
}

/** With one thread, should several fail for a reason of their own. */
async function openWasm(
  threads: number,
  open: (threads: number) => Promise<OpenedWorker>,
): Promise<{ worker: OpenedWorker; problem?: string }> {
  try {
    return { worker: await open(threads) };
  } catch (error) {
    if (threads === 1 || !(error instanceof DeviceError) || error.code !== 'failed') throw error;
    return { worker: await open(1), problem: `${threads} threads: ${error.message}` };
  }
}
