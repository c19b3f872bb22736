import { startDeadline } from '../../../client/http/deadline.ts';
import { Listeners } from '../../../client/listeners.ts';
import { messageOf } from '../../../protocol/errors.ts';
import { quantile } from '../../../protocol/quantile.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';
import type { ProviderReport } from './deviceSession.ts';
import { DeviceError, type DeviceSession, type RunOptions, type RunResult } from './deviceSession.ts';
import { judge, judgeFailure, type Verdict, type Verdicts } from './gpuTrial.ts';
import type { ModelWorker } from './modelWorker.ts';
import { OneTimeEvent } from './oneTimeEvent.ts';
import type { ProviderChoice } from './sessionJob.ts';
import type { Tuning } from './tuning.ts';

const gpu = ({ maySoftwareGpu }: Tuning): ProviderChoice => ({
  provider: 'webgpu',
  threads: 1,
  mayBeSoftware: maySoftwareGpu,
});

/** Number of runs whose median is compared with WebGPU. */
const KEPT_TIMES = 15;

/** Pictures that are further apart do not follow one another. */
const STREAM_GAP_MS = 5_000;

/**
 * Opens a worker with WebGPU, within the limit of its trial.
 * @throws DeviceError `failed` when it took too long; what `openWorker` throws; the signal's reason
 */
export async function openGpu(
  tuning: Tuning,
  openWorker: OpenWorker,
  signal: AbortSignal,
): Promise<OpenedWorker> {
  const deadline = startDeadline(tuning.trialLimitMs, [signal]);
  try {
    return await openWorker(gpu(tuning), deadline.signal);
  } catch (error) {
    if (!deadline.isOver) throw error;
    throw new DeviceError('failed', `not ready within ${tuning.trialLimitMs / 1000} s`, { cause: error });
  } finally {
    deadline.clear();
  }
}

/** What a session uses of a model's worker. */
export type OpenedWorker = Pick<
  ModelWorker,
  'certificate' | 'provider' | 'busy' | 'run' | 'onLost' | 'close'
>;

export type OpenWorker = (choice: ProviderChoice, signal: AbortSignal) => Promise<OpenedWorker>;

interface Options {
  readonly model: DeviceModel;
  /** The first one. */
  readonly worker: OpenedWorker;
  /** Why its provider was chosen. */
  readonly why: string;
  /** Whether it is known already what comes of WebGPU. */
  readonly isTried: boolean;
  readonly tuning: Tuning;
  readonly verdicts: Verdicts;
  readonly openWorker: OpenWorker;
  /** Whether something large may be fetched unasked now: else WebGPU is not tried yet. */
  mayFetch(): boolean;
  /** Default: the page's clock. */
  nowMs?(): number;
}

type NextWorker =
  | { readonly kind: 'none' }
  | { readonly kind: 'opening' }
  /** Takes over when the picture in progress is done. */
  | { readonly kind: 'proven'; readonly worker: OpenedWorker; readonly why: string };

/** A session that lives on while its workers change: the next one is opened and proven before it takes over. */
export class RenewingSession implements DeviceSession {
  readonly model: DeviceModel;
  readonly info: DeviceSession['info'];
  readonly #options: Options;
  readonly #closing = new AbortController();
  readonly #lost = new OneTimeEvent<DeviceError>();
  readonly #renewedListeners = new Listeners<void>();
  readonly #nowMs: () => number;
  #worker: OpenedWorker;
  #unwatch: () => void;
  #why: string;
  #isTried: boolean;
  #next: NextWorker = { kind: 'none' };
  /** Of this worker: how many pictures it was given, since when, and how long the last runs took. */
  #runs = 0;
  #sinceMs: number;
  #timesMs: readonly number[] = [];
  /** Since when pictures follow one another, and when the last one came. */
  #streamSinceMs = Number.POSITIVE_INFINITY;
  #lastRunMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.model = options.model;
    this.info = modelInfo(options.model);
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sinceMs = this.#nowMs();
    this.#worker = options.worker;
    this.#unwatch = this.#watch(options.worker);
    this.#why = options.why;
    this.#isTried = options.isTried;
  }

  get provider(): ProviderReport {
    return { ...this.#worker.provider, why: this.#why };
  }

  get certificate(): Certificate {
    return this.#worker.certificate;
  }

  get busy(): boolean {
    return this.#worker.busy;
  }

  async run(picture: GrabbedFrame['picture'], options: RunOptions): Promise<RunResult> {
    try {
      this.#count();
      const result = await this.#worker.run(picture, options);
      if (result.answer) this.#timesMs = [...this.#timesMs.slice(1 - KEPT_TIMES), result.inferMs];
      return result;
    } finally {
      this.#takeOver();
      this.#openNext();
    }
  }

  onLost(listener: (why: DeviceError) => void): () => void {
    return this.#lost.add(listener);
  }

  onRenewed(listener: () => void): () => void {
    return this.#renewedListeners.add(listener);
  }

  close(): void {
    this.#closing.abort(new DeviceError('failed', 'The model was closed.'));
    this.#unwatch();
    if (this.#next.kind === 'proven') this.#next.worker.close();
    this.#next = { kind: 'none' };
    this.#worker.close();
  }

  #count(): void {
    const atMs = this.#nowMs();
    this.#runs += 1;
    if (atMs - this.#lastRunMs > STREAM_GAP_MS) this.#streamSinceMs = atMs;
    this.#lastRunMs = atMs;
  }

  #watch(worker: OpenedWorker): () => void {
    return worker.onLost((why) => {
      // Whoever opens the model again gets the provider that does not die.
      if (worker.provider.provider === 'webgpu') {
        this.#options.verdicts.write({ isChosen: false, why: `WebGPU: ${why.message}` });
      }
      this.close();
      this.#lost.emit(why);
    });
  }

  /** Opens another worker while this one goes on, if there is a reason to. */
  #openNext(): void {
    if (this.#next.kind !== 'none' || this.#closing.signal.aborted) return;
    const { renewAfterRuns, renewAfterMs } = this.#options.tuning;
    const isTrialDue = this.#isTrialDue();
    const isOld = this.#runs >= renewAfterRuns || this.#nowMs() - this.#sinceMs >= renewAfterMs;
    if (!isTrialDue && !isOld) return;
    const opening: NextWorker = { kind: 'opening' };
    this.#next = opening;
    void (isTrialDue ? this.#tryGpu() : this.#renew()).finally(() => {
      if (this.#next === opening) this.#next = { kind: 'none' };
    });
  }

  #isTrialDue(): boolean {
    const { tuning, mayFetch } = this.#options;
    if (this.#isTried || this.#runs < tuning.trialAfterRuns) return false;
    return this.#nowMs() - this.#streamSinceMs >= tuning.trialAfterMs && mayFetch();
  }

  async #tryGpu(): Promise<void> {
    const { openWorker, verdicts, tuning } = this.#options;
    this.#isTried = true;
    let worker: OpenedWorker | undefined;
    let verdict: Verdict;
    try {
      worker = await openGpu(tuning, openWorker, this.#closing.signal);
      // Not what was measured when it was opened: during the trial both have the same load.
      verdict = judge(worker.certificate.passes, worker.provider.inferMs, quantile(this.#timesMs, 0.5) ?? 0);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const judged = judgeFailure(error);
      if (judged === undefined) {
        this.#explain(`WebGPU: ${messageOf(error)}`);
        return;
      }
      verdict = judged;
    }
    verdicts.write(verdict);
    if (worker && verdict.isChosen) {
      this.#offer(worker, verdict.why);
    } else {
      worker?.close();
      this.#explain(verdict.why);
    }
  }

  async #renew(): Promise<void> {
    try {
      const worker = await this.#options.openWorker(this.#worker.provider, this.#closing.signal);
      if (worker.certificate.passes) {
        this.#offer(worker, this.#why);
        return;
      }
      worker.close();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      console.warn('The worker of a model could not be renewed.', error);
    }
    // This one goes on, and is given as long again.
    this.#startCounting();
  }

  #offer(worker: OpenedWorker, why: string): void {
    if (this.#closing.signal.aborted) {
      worker.close();
      return;
    }
    this.#next = { kind: 'proven', worker, why };
    this.#takeOver();
  }

  #takeOver(): void {
    const next = this.#next;
    if (next.kind !== 'proven' || this.#worker.busy || this.#closing.signal.aborted) return;
    this.#next = { kind: 'none' };
    this.#unwatch();
    this.#worker.close();
    this.#worker = next.worker;
    this.#unwatch = this.#watch(next.worker);
    this.#startCounting();
    this.#explain(next.why);
  }

  #startCounting(): void {
    this.#runs = 0;
    this.#sinceMs = this.#nowMs();
    this.#timesMs = [];
  }

  #explain(why: string): void {
    this.#why = why;
    this.#renewedListeners.emit();
  }
}
