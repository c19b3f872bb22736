import { type DeviceModel, deviceGraphsOf } from '../../../vision/deviceModel.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';
import type { ProviderReport } from './deviceSession.ts';
import { DeviceError, DeviceTimeout, type RunOptions, type RunResult } from './deviceSession.ts';
import type { KnownProof } from './knownProof.ts';
import { OneTimeEvent } from './oneTimeEvent.ts';
import { OpeningWatch } from './openingWatch.ts';
import { takeWorker } from './runtimeAhead.ts';
import type { ProviderChoice, SessionAnswer, SessionJob } from './sessionJob.ts';

/** Where the files of a model come from. */
export interface ModelFiles {
  /** The whole content, for the caller alone: it is handed on to a worker. */
  load(sha256: string): Promise<ArrayBuffer>;
}

export interface WorkerOptions {
  readonly model: DeviceModel;
  readonly files: ModelFiles;
  /** The folder of the runtime's files: an absolute URL. */
  readonly runtimeUrl: string;
  readonly choice: ProviderChoice;
  /**
   * What runs before it is open: all goldens, which is the default, or the first alone; nothing where it is known already that
   * they agree.
   */
  readonly proof?: 'whole' | 'begun' | KnownProof;
  readonly signal: AbortSignal;
  /** Called when a file of the runtime has come. */
  readonly onFile?: (() => void) | undefined;
  /** Called once, when it may be stuck: the files of the model are here, and nothing is heard of it. It goes on. See `OpeningWatch`. */
  readonly onLate?: (() => void) | undefined;
}

/** A run hangs when it takes `HANG_FACTOR` times its usual time, and at least `MIN_HANG_MS`. */
const HANG_FACTOR = 20;
const MIN_HANG_MS = 10_000;

/** While it opens, a WebAssembly worker without progress for this long hangs; each MB of its graphs, which it reads through, adds time. */
const SILENCE_MS = 60_000;
const SILENCE_MS_PER_MB = 1_000;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'busy'; settle(answer: SessionAnswer): void }
  | { readonly kind: 'gone' };

/** A model's worker, opened and proven: one provider, for its whole life. */
export class ModelWorker {
  #certificate: Certificate;
  #provider: Omit<ProviderReport, 'why' | 'race'>;
  readonly #worker: Worker;
  readonly #lost = new OneTimeEvent<DeviceError>();
  #state: State = { kind: 'idle' };

  /**
   * Loads runtime and graphs in a worker of its own and runs the goldens; see `proof`.
   * @throws DeviceError, also when nothing has moved on for a minute or so: `unreachable` while files of the runtime are
   *   awaited, `failed` after them; or the signal's reason
   */
  static async open({
    model,
    files,
    runtimeUrl,
    choice,
    proof = 'whole',
    signal,
    onFile,
    onLate,
  }: WorkerOptions): Promise<ModelWorker> {
    signal.throwIfAborted();
    const worker = takeWorker(choice);
    let abort = () => {};
    let hasFiles = false;
    let lateness: OpeningWatch | undefined;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    let watch = () => {};
    try {
      const answered = new Promise<SessionAnswer>((resolve, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort);
        const silenceMs = SILENCE_MS + (SILENCE_MS_PER_MB * graphBytesOf(model)) / 1e6;
        watch = () => {
          clearTimeout(watchdog);
          // What WebGPU compiles may take longer; its trial has a limit of its own.
          if (choice.provider === 'webgpu') return;
          watchdog = setTimeout(() => resolve(hung(hasFiles, silenceMs)), silenceMs);
        };
        worker.onmessage = ({ data }: MessageEvent<SessionAnswer>) => {
          if (data.type === 'alive') {
            lateness?.alive();
            return;
          }
          if (data.type !== 'progress') {
            resolve(data);
            return;
          }
          // What comes after the last file is no file any more.
          if (!hasFiles) onFile?.();
          hasFiles ||= data.stage === 'starting';
          lateness?.step(hasFiles);
          // Before that the model's files may be on their way, for as long as the link takes.
          if (watchdog !== undefined) watch();
        };
        worker.onerror = (event) => resolve(died(event));
      });
      const failed = answered.then((answer) => {
        throw errorOf(answer);
      });
      // Someone waits: the runtime comes while the files are read, or are on their way. That of a challenger is fetched only when
      // its graph is sure to be of use to it.
      if (proof !== 'whole') worker.postMessage({ type: 'load', runtimeUrl, choice } satisfies SessionJob);
      const { graphs, pictures } = await Promise.race([loadFiles(model, files), failed]);
      watch();
      if (onLate) {
        lateness = new OpeningWatch(onLate);
        lateness.step(hasFiles);
      }
      const job: SessionJob = {
        type: 'open',
        model,
        graphs,
        pictures,
        runtimeUrl,
        choice,
        proof: typeof proof === 'string' ? proof : 'known',
      };
      worker.postMessage(job, [...Object.values(graphs), ...pictures]);
      const answer = await answered;
      if (answer.type !== 'opened') throw errorOf(answer);
      const known = typeof proof === 'string' ? undefined : proof;
      const certificate = answer.certificate ?? known?.certificate;
      if (certificate === undefined) throw new DeviceError('failed', 'The worker gave no certificate.');
      const inferMs = answer.inferMs ?? known?.inferMs ?? 0;
      return new ModelWorker(worker, { ...choice, runtime: answer.runtime, inferMs }, certificate);
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      clearTimeout(watchdog);
      lateness?.end();
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(
    worker: Worker,
    provider: Omit<ProviderReport, 'why' | 'race'>,
    certificate: Certificate,
  ) {
    this.#worker = worker;
    this.#certificate = certificate;
    this.#provider = provider;
    worker.onmessage = (event: MessageEvent<SessionAnswer>) => this.#finish(event.data);
    worker.onerror = (event) => this.#finish(died(event));
  }

  get certificate(): Certificate {
    return this.#certificate;
  }

  get provider(): Omit<ProviderReport, 'why' | 'race'> {
    return this.#provider;
  }

  get busy(): boolean {
    return this.#state.kind === 'busy';
  }

  /** As `run` of DeviceSession. */
  async run(picture: GrabbedFrame['picture'], options: RunOptions): Promise<RunResult> {
    if (this.#state.kind !== 'idle') picture.close();
    const answer = await this.#ask({ type: 'run', picture, options }, [picture]);
    if (answer.type !== 'seen') throw errorOf(answer);
    return answer.result;
  }

  /**
   * Runs the model's first golden once more. As `run`, only when no run is pending.
   * @param limitMs when it takes longer, the worker is given up; default: as for a run
   * @returns ms
   * @throws DeviceTimeout after that; DeviceError when the worker is gone
   */
  async time(limitMs?: number): Promise<number> {
    const answer = await this.#ask({ type: 'time' }, [], limitMs);
    if (answer.type !== 'timed') throw errorOf(answer);
    return answer.inferMs;
  }

  /**
   * Runs the next golden of those that are pending; `certificate` says what came of it. As `run`, only when no run is pending.
   * @throws DeviceError when the worker is gone
   */
  async proveNext(): Promise<void> {
    const answer = await this.#ask({ type: 'prove' }, []);
    if (answer.type !== 'proved') throw errorOf(answer);
    this.#certificate = answer.certificate;
    // Later runs are faster, as the browser has compiled more by then.
    const inferMs = Math.min(this.#provider.inferMs, answer.inferMs);
    this.#provider = { ...this.#provider, inferMs };
  }

  /** Called once, when the worker has died without `close`; soon, where it has already. */
  onLost(listener: (why: DeviceError) => void): () => void {
    return this.#lost.add(listener);
  }

  /** Idempotent. */
  close(): void {
    this.#end({ type: 'failed', code: 'failed', message: 'The model was closed.' });
  }

  async #ask(job: SessionJob, transfer: Transferable[], limitMs?: number): Promise<SessionAnswer> {
    if (this.#state.kind === 'gone') throw new DeviceError('failed', 'The worker of the model is gone.');
    if (this.#state.kind === 'busy') throw new Error('A model runs one picture at a time.');
    const hangMs = limitMs ?? Math.max(MIN_HANG_MS, HANG_FACTOR * this.provider.inferMs);
    const message = `The model did not answer for ${Math.round(hangMs / 1000)} s.`;
    const hung: SessionAnswer = { type: 'failed', code: 'failed', message, isTimeout: true };
    const watchdog = setTimeout(() => this.#finish(hung), hangMs);
    try {
      return await new Promise<SessionAnswer>((resolve) => {
        // First, as it throws for a picture that was closed.
        this.#worker.postMessage(job, transfer);
        this.#state = { kind: 'busy', settle: resolve };
      });
    } finally {
      clearTimeout(watchdog);
    }
  }

  #finish(answer: SessionAnswer): void {
    // What it said while it opened may come after that.
    if (this.#state.kind === 'gone' || answer.type === 'progress' || answer.type === 'alive') return;
    if (answer.type === 'failed') {
      this.#end(answer);
      this.#lost.emit(errorOf(answer));
      return;
    }
    if (this.#state.kind !== 'busy') return;
    const { settle } = this.#state;
    this.#state = { kind: 'idle' };
    settle(answer);
  }

  #end(answer: SessionAnswer): void {
    const before = this.#state;
    this.#state = { kind: 'gone' };
    this.#worker.terminate();
    if (before.kind === 'busy') before.settle(answer);
  }
}

const graphBytesOf = (model: DeviceModel) =>
  Object.values(deviceGraphsOf(model)).reduce((sum, { bytes }) => sum + bytes, 0);

async function loadFiles(model: DeviceModel, files: ModelFiles) {
  const load = ({ sha256 }: { sha256: string }) => files.load(sha256);
  const [graphs, pictures] = await Promise.all([
    Promise.all(
      Object.entries(deviceGraphsOf(model)).map(async ([name, file]) => [name, await load(file)] as const),
    ),
    Promise.all(model.goldens.map(({ image }) => load(image))),
  ]);
  return { graphs: Object.fromEntries(graphs), pictures };
}

/** A script that cannot be loaded, or one that has ended by an error of its own. */
function died(event: ErrorEvent): SessionAnswer {
  // A worker that never started has no message.
  if (!event.message)
    return { type: 'failed', code: 'unreachable', message: 'The worker could not be loaded.' };
  return { type: 'failed', code: 'failed', message: event.message };
}

/** Threads that never start, or a file of which nothing comes. */
function hung(hasFiles: boolean, silenceMs: number): SessionAnswer {
  const seconds = `${Math.round(silenceMs / 1_000)} s`;
  return hasFiles
    ? {
        type: 'failed',
        code: 'failed',
        message: `The model did not start within ${seconds}.`,
        isTimeout: true,
      }
    : {
        type: 'failed',
        code: 'unreachable',
        message: `The runtime for models did not come within ${seconds}.`,
      };
}

function errorOf(answer: Extract<SessionAnswer, { type: 'failed' }>): DeviceError;
function errorOf(answer: SessionAnswer): Error;
function errorOf(answer: SessionAnswer): Error {
  switch (answer.type) {
    case 'failed':
      return answer.isTimeout
        ? new DeviceTimeout(answer.message)
        : new DeviceError(answer.code, answer.message);
    case 'unreadable':
      return new Error(`The picture could not be drawn: ${answer.message}`);
    default:
      return new DeviceError('failed', `The worker answered out of turn: ${answer.type}.`);
  }
}
