import { Listeners } from '../../../client/listeners.ts';
import { messageOf } from '../../../protocol/errors.ts';
import { quantile } from '../../../protocol/quantile.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import { inTurn } from '../../browser/inTurn.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';
import {
  DeviceError,
  type DeviceSession,
  type ProviderReport,
  type RaceTime,
  type RunOptions,
  type RunResult,
} from './deviceSession.ts';
import { findFastest } from './findFastest.ts';
import { judge, judgeFailure, type Verdict, type Verdicts } from './gpuTrial.ts';
import { OneTimeEvent } from './oneTimeEvent.ts';
import { type OpenedWorker, type OpenWorker, openWithin } from './openedWorker.ts';
import { lostRace, type RaceRecord } from './race.ts';
import type { Remembered } from './remembered.ts';
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

/** As `openWithin`, with WebGPU. */
export const openGpu = (tuning: Tuning, openWorker: OpenWorker, signal: AbortSignal): Promise<OpenedWorker> =>
  openWithin(tuning.trialLimitMs, openWorker, gpu(tuning), signal);

interface Options {
  readonly model: DeviceModel;
  /** The first one. */
  readonly worker: OpenedWorker;
  /** Why its provider was chosen. */
  readonly why: string;
  /** Whether it is known already what comes of WebGPU. */
  readonly isTried: boolean;
  /** Whether it is known already what comes of the race, or it is not to be held. */
  readonly isRaced: boolean;
  /** What was measured in the race by which the first worker was chosen. */
  readonly raceTimes: readonly RaceTime[];
  readonly tuning: Tuning;
  readonly verdicts: Verdicts;
  readonly raceRecord: Remembered<RaceRecord>;
  readonly openWorker: OpenWorker;
  /** Keeps that all goldens of a worker agreed, for the next visit. */
  remember(worker: OpenedWorker): void;
  /** Whether something large may be fetched unasked now: else neither WebGPU is tried yet nor a race held. */
  mayFetch(): boolean;
  /** Default: the page's clock. */
  nowMs?(): number;
  /** Resolves after the pause before each golden that is pending. Default: half a second. */
  pause?(): Promise<void>;
}

/** Long enough for some frames in between. */
const PROOF_PAUSE_MS = 500;

const pauseToProve = () => new Promise<void>((resolve) => setTimeout(resolve, PROOF_PAUSE_MS));

type NextWorker =
  | { readonly kind: 'none' }
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
  #isRaced: boolean;
  #raceTimes: readonly RaceTime[];
  #next: NextWorker = { kind: 'none' };
  /** Whether another worker is opened, or tried. */
  #isChanging = false;
  /** Ends when what was begun before has ended: a frame, or a round of a race. */
  readonly #inTurn = inTurn();
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
    this.#isRaced = options.isRaced;
    this.#raceTimes = options.raceTimes;
    if (options.worker.certificate.passes) void this.#proveRest(options.worker);
  }

  get provider(): ProviderReport {
    return { ...this.#worker.provider, why: this.#why, race: this.#raceTimes };
  }

  get certificate(): Certificate {
    return this.#worker.certificate;
  }

  get busy(): boolean {
    return this.#worker.busy;
  }

  async run(picture: GrabbedFrame['picture'], options: RunOptions): Promise<RunResult> {
    this.#count();
    try {
      return await this.#inTurn(async () => {
        const result = await this.#worker.run(picture, options);
        if (result.answer) this.#timesMs = [...this.#timesMs.slice(1 - KEPT_TIMES), result.inferMs];
        return result;
      });
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

  /**
   * Runs the goldens that are pending, one at a time between frames, which come first. The session goes on where one does not
   * agree: whoever uses it reads that in `certificate`.
   */
  async #proveRest(worker: OpenedWorker): Promise<void> {
    const { remember, pause = pauseToProve } = this.#options;
    const isOver = () => this.#closing.signal.aborted || this.#worker !== worker;
    while (worker.certificate.pending > 0 && worker.certificate.passes) {
      await pause();
      try {
        await this.#inTurn(async () => {
          if (!isOver()) await worker.proveNext();
        });
      } catch {
        // The worker is gone, and its owner knows.
        return;
      }
      if (isOver()) return;
      if (!worker.certificate.passes) this.#avoid(worker, 'goldens differ');
      remember(worker);
      this.#renewedListeners.emit();
    }
  }

  #count(): void {
    const atMs = this.#nowMs();
    this.#runs += 1;
    if (atMs - this.#lastRunMs > STREAM_GAP_MS) this.#streamSinceMs = atMs;
    this.#lastRunMs = atMs;
  }

  #watch(worker: OpenedWorker): () => void {
    return worker.onLost((why) => {
      this.#avoid(worker, why.message);
      this.close();
      this.#lost.emit(why);
    });
  }

  /** Whoever opens the model again gets a provider that neither dies nor gives other answers. */
  #avoid({ provider: { provider, threads } }: OpenedWorker, why: string): void {
    const { verdicts, raceRecord, tuning } = this.#options;
    if (provider === 'webgpu') verdicts.write({ isChosen: false, why: `WebGPU: ${why}` });
    if (provider === 'litert') raceRecord.write(lostRace({ provider, threads }, tuning, why));
  }

  /** Opens another worker while this one goes on, if there is a reason to. */
  #openNext(): void {
    if (this.#isChanging || this.#next.kind !== 'none' || this.#closing.signal.aborted) return;
    const { renewAfterRuns, renewAfterMs } = this.#options.tuning;
    const isOld = this.#runs >= renewAfterRuns || this.#nowMs() - this.#sinceMs >= renewAfterMs;
    let work: Promise<void>;
    if (this.#isRaceDue()) work = this.#race();
    else if (this.#isTrialDue()) work = this.#tryGpu();
    else if (isOld) work = this.#renew();
    else return;
    this.#isChanging = true;
    void work.finally(() => {
      this.#isChanging = false;
    });
  }

  #isRaceDue(): boolean {
    const { raceAfterRuns, raceAfterMs } = this.#options.tuning;
    if (this.#isRaced || this.#worker.provider.provider === 'webgpu') return false;
    return this.#isStreaming(raceAfterRuns, raceAfterMs);
  }

  /** Whether pictures have come for long enough for something large to be fetched. */
  #isStreaming(runs: number, ms: number): boolean {
    if (this.#runs < runs || this.#nowMs() - this.#streamSinceMs < ms) return false;
    return this.#options.mayFetch();
  }

  #isTrialDue(): boolean {
    const { trialAfterRuns, trialAfterMs } = this.#options.tuning;
    return !this.#isTried && this.#isStreaming(trialAfterRuns, trialAfterMs);
  }

  async #race(): Promise<void> {
    const { raceRecord, tuning, openWorker } = this.#options;
    this.#isRaced = true;
    const { why, times } = await findFastest({
      record: raceRecord,
      tuning,
      openWorker,
      signal: this.#closing.signal,
      serving: () => this.#worker,
      takeOver: (worker) => this.#offer(worker, this.#why),
      inTurn: this.#inTurn,
      nowMs: this.#nowMs,
    });
    if (this.#closing.signal.aborted) return;
    this.#raceTimes = times;
    // For whoever wonders why: what the converter lacks for a model is named nowhere else.
    console.info(`Runtimes compared for ${this.model.manifest.id}: ${why}`);
    this.#explain(why);
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
      const judged = judgeFailure(error, verdicts.read());
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
