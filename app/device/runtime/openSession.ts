import { messageOf } from '../../../protocol/errors.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { keepRuntimeOffline } from '../../offline/runtimeCache.ts';
import { DeviceError, type DeviceSession, type ProviderReport } from './deviceSession.ts';
import { racerOf } from './findFastest.ts';
import { isSettled, judgeFailure, verdictsOf } from './gpuTrial.ts';
import { knownProofsOf, rememberProof } from './knownProof.ts';
import { type ModelFiles, ModelWorker, type WorkerOptions } from './modelWorker.ts';
import { type OpenedEarliest, type OpenFirst, openEarliest } from './openEarliest.ts';
import type { OpenedWorker, OpenWorker } from './openedWorker.ts';
import {
  firstRacer,
  isSameRacer,
  isUntried,
  lostRace,
  mayRace,
  ONE_THREAD,
  type Racer,
  raceRecordOf,
  racerName,
  withLate,
  withoutLate,
} from './race.ts';
import { openGpu, RenewingSession } from './renewingSession.ts';
import { rememberRuntime, runtimeUrlOf } from './runtimeAhead.ts';
import type { ProviderChoice } from './sessionJob.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export interface OpenOptions {
  readonly model: DeviceModel;
  readonly files: ModelFiles;
  /** Ends the opening; an open session is ended by its `close`. */
  readonly signal: AbortSignal;
  /** Whether something large may be fetched unasked now, such as another runtime. Default: it may. */
  readonly mayFetch?: () => boolean;
  /**
   * Whether the first golden alone runs before it is open; the others then run between frames. Where they agreed before in
   * this browser, none runs. Default: all run before.
   */
  readonly isUrgent?: boolean;
  /** What differs from that which suits this device. */
  readonly tuning?: Partial<Tuning>;
}

/**
 * Opens a model in a worker and runs its goldens (see `isUrgent`). It resolves whether they agree or not: check
 * `certificate.passes`, also when `onRenewed` listeners are called.
 *
 * Who won the last race answers first; else LiteRT.js where the session `isUrgent`, and onnxruntime-web with WebAssembly
 * where it is not, or where LiteRT.js cannot. The other runtime and other numbers of threads are raced against it in a
 * second worker once pictures have come for a while, and WebGPU is tried later still. Who passes its goldens and is clearly
 * faster takes over; that is stored, and used from the start the next time.
 * @throws DeviceError `unsupported`, `unreachable`, `memory`, `failed`; what `files` throws; or the signal's reason
 */
export async function openDeviceSession(options: OpenOptions): Promise<DeviceSession> {
  const { model, files, signal, mayFetch = () => true, isUrgent = false } = options;
  const runtimeUrl = runtimeUrlOf('wasm');
  const liteRtUrl = runtimeUrlOf('litert');
  const tuning: Tuning = { ...tuningOf(self, navigator), ...options.tuning };
  const { userAgent } = navigator;
  // Threads need memory that they share, which a page may not have behind another proxy or in a frame.
  const cores = self.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
  const key = { id: model.manifest.id, version: model.version };
  const verdicts = verdictsOf(key, { runtimeUrl, userAgent });
  const raceRecord = raceRecordOf(key, { runtimeUrls: [runtimeUrl, liteRtUrl], userAgent, cores });
  const knownFor = knownProofsOf(model, { runtimeUrlOf, userAgent });
  const remember = (worker: OpenedWorker) => rememberProof(knownFor(worker.provider), worker);
  const open = async (
    choice: ProviderChoice,
    until: AbortSignal,
    { proof, onFile, onLate }: Pick<WorkerOptions, 'proof' | 'onFile' | 'onLate'>,
  ) => {
    const worker = await ModelWorker.open({
      ...{ model, files, runtimeUrl: runtimeUrlOf(choice.provider), choice, signal: until },
      ...(proof && { proof }),
      onFile,
      onLate,
    });
    remember(worker);
    return worker;
  };
  // What takes over while another one serves is proven as a whole.
  const openWorker: OpenWorker = (choice, until, onFile) => open(choice, until, { proof: 'whole', onFile });
  const openFirst = (
    choice: ProviderChoice,
    until: AbortSignal,
    { onFile, onLate }: Pick<WorkerOptions, 'onFile' | 'onLate'>,
  ) =>
    open(choice, until, {
      proof: knownFor(choice).read() ?? (isUrgent ? 'begun' : 'whole'),
      ...{ onFile, onLate },
    });
  const base = { model, tuning, openWorker, remember, verdicts, raceRecord, mayFetch };

  const verdict = tuning.noGpu === undefined ? verdicts.read() : { isChosen: false, why: tuning.noGpu };
  const reasons = [verdict?.why ?? 'WebGPU was not tried yet'];
  if (verdict?.isChosen) {
    try {
      const worker = await openGpu(
        tuning,
        (choice, until, onFile) => openFirst(choice, until, { onFile }),
        signal,
      );
      if (worker.certificate.passes) {
        return new RenewingSession({
          ...{ ...base, worker, why: verdict.why },
          ...{ isTried: true, isRaced: true, raceTimes: [] },
        });
      }
      worker.close();
      reasons[0] = 'WebGPU: goldens differ';
      verdicts.write({ isChosen: false, why: reasons[0] });
    } catch (error) {
      signal.throwIfAborted();
      reasons[0] = `WebGPU: ${messageOf(error)}`;
      const judged = judgeFailure(error, verdict);
      if (judged) verdicts.write(judged);
    }
  }
  const race = tuning.noRace === undefined ? raceRecord.read() : undefined;
  const first = firstRacer(race, tuning, (racer) => knownFor(racer).read() !== undefined, isUrgent);
  // A page that LiteRT.js ends must not open it first again.
  if (isUntried(race) && first.provider === 'litert') raceRecord.write({ ...race, attempts: 1 });
  const opened = await openFastest(first, race?.result !== undefined, tuning, {
    open(choice, until, onLate) {
      const beLate = () => {
        // At once: who has waited for so long may not wait for the end of it.
        raceRecord.write(withLate(raceRecord.read(), choice));
        onLate?.();
      };
      return openFirst(choice, until, { onLate: onLate && beLate });
    },
    // No one waits for the others; and two at once take twice of a slow device.
    mayOpenBoth: () => isUrgent && mayFetch(),
    signal,
  });
  const inTime = withoutLate(raceRecord.read(), racerOf(opened.worker));
  if (inTime) raceRecord.write(inTime);
  if (opened.problem !== undefined) reasons.push(opened.problem);
  if (opened.isLost) raceRecord.write(lostRace(opened.isLost, tuning, opened.problem ?? ''));
  return new RenewingSession({
    ...base,
    worker: opened.worker,
    why: reasons.join('; '),
    isTried: tuning.noGpu !== undefined || isSettled(verdicts.read()),
    // Who was late may still be the fastest: it is raced again.
    isRaced: tuning.noRace !== undefined || !mayRace(raceRecord.read(), opened.isNext),
    raceTimes: opened.isLost ? [] : (race?.result?.times ?? []),
  });
}

interface OpeningHow {
  readonly open: OpenFirst;
  readonly mayOpenBoth: () => boolean;
  readonly signal: AbortSignal;
}

const openInTime = (first: Racer, how: OpeningHow) =>
  openEarliest({
    ...how,
    ...{ first, next: ONE_THREAD },
    mayOpenBoth: () => !isSameRacer(first, ONE_THREAD) && how.mayOpenBoth(),
  });

interface OpenedFastest extends OpenedEarliest {
  /** Who had won the race, and does not run any more. */
  readonly isLost?: Racer;
}

/**
 * Opens the first racer; where that is LiteRT.js and it fails, onnxruntime-web; where that is onnxruntime-web, whose files are not
 * to be had, LiteRT.js.
 * @param hasWon whether it won a race
 */
async function openFastest(
  fastest: Racer,
  hasWon: boolean,
  tuning: Tuning,
  how: OpeningHow,
): Promise<OpenedFastest> {
  const { signal } = how;
  const first = (threads: number) => openInTime({ provider: 'wasm', threads }, how);
  if (fastest.provider !== 'litert') {
    try {
      return await openWasm(fastest.threads, first);
    } catch (error) {
      signal.throwIfAborted();
      if (tuning.noRace !== undefined || !isUnreachable(error)) throw error;
      return openWithoutNetwork(error, () =>
        how.open({ provider: 'litert', threads: tuning.threads }, signal),
      );
    }
  }
  let problem: string;
  let isLost = true;
  try {
    // Without a limit for all of it: the model's files may be on their way still, for as long as the link takes.
    const opened = await openInTime(fastest, how);
    if (opened.worker.certificate.passes) return opened;
    opened.worker.close();
    problem = 'goldens differ';
  } catch (error) {
    signal.throwIfAborted();
    problem = messageOf(error);
    // Its files may be there the next time.
    isLost = !isUnreachable(error);
  }
  // Without a race it is tried again by the first one.
  isLost &&= hasWon;
  const opened = await openWasm(tuning.threads, first);
  const problems = [`${racerName(fastest)}: ${problem}`, opened.problem];
  return {
    ...opened,
    problem: problems.filter((one) => one !== undefined).join('; '),
    ...(isLost && { isLost: fastest }),
  };
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof DeviceError && error.code === 'unreachable';

/**
 * LiteRT.js in place of onnxruntime-web. A visit that ended before its race, or in the moment after it, has stored the files of
 * LiteRT.js alone, and the next one begins with onnxruntime-web, or with who won.
 */
async function openWithoutNetwork(
  why: unknown,
  openLiteRt: () => Promise<OpenedWorker>,
): Promise<OpenedFastest> {
  const worker = await openLiteRt().catch(() => {
    throw why;
  });
  if (worker.certificate.passes) return { worker, problem: messageOf(why) };
  worker.close();
  throw why;
}

const WASM_FILES = ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];
const WEBGPU_FILES = [
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];

/**
 * As `openDeviceSession`, for this page: keeps the runtime for when the network is away, and remembers it for the next visit where a
 * person waited for it.
 */
export async function openSession(options: OpenOptions): Promise<DeviceSession> {
  const session = await openDeviceSession(options);
  const keep = () => {
    keepRuntime(session);
    // What is not proven as a whole is not what the next visit opens first.
    const { certificate, provider, info } = session;
    if (options.isUrgent && certificate.passes && certificate.pending === 0)
      rememberRuntime(info.id, provider);
  };
  keep();
  // Goldens may be pending, and the winner of a race, or WebGPU, may take over later.
  session.onRenewed(keep);
  return session;
}

/**
 * What computes now, and what takes its place where that fails. LiteRT.js has won against onnxruntime-web, which is kept
 * since then, unless it was opened directly: then it is not fetched for the case that it fails.
 */
function keepRuntime({ provider: { provider, threads } }: DeviceSession): void {
  // Where the browser keeps nothing (http, private windows), it is fetched again the next time.
  keepRuntimeOffline(filesToKeep(provider, threads).map((file) => runtimeUrlOf(provider) + file)).catch(
    () => {},
  );
}

function filesToKeep(provider: ProviderReport['provider'], threads: number): string[] {
  switch (provider) {
    case 'wasm':
      return WASM_FILES;
    case 'webgpu':
      return [...WASM_FILES, ...WEBGPU_FILES];
    case 'litert':
      return liteRtFiles(threads);
    default:
      return provider satisfies never;
  }
}

const liteRtFiles = (threads: number): string[] => {
  const name = threads > 1 ? 'litert_wasm_threaded_internal' : 'litert_wasm_internal';
  return [`${name}.js`, `${name}.wasm`];
};

/** With one thread, should several fail for a reason of their own. */
async function openWasm(
  threads: number,
  open: (threads: number) => Promise<OpenedEarliest>,
): Promise<OpenedEarliest> {
  try {
    return await open(threads);
  } catch (error) {
    if (threads === 1 || !(error instanceof DeviceError) || error.code !== 'failed') throw error;
    return { ...(await open(1)), problem: `${threads} threads: ${error.message}` };
  }
}
