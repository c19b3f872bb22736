import { type DeviceModel, deviceGraphsOf } from '../../../vision/deviceModel.ts';
import type { GrabbedFrame } from '../../capture/grabFrames.ts';
import type { Certificate } from './certificate.ts';
import type { ProviderReport } from './deviceSession.ts';
import { DeviceError, type RunOptions, type RunResult } from './deviceSession.ts';
import { OneTimeEvent } from './oneTimeEvent.ts';
import type { ProviderChoice, SessionAnswer, SessionJob, SessionProgress } from './sessionJob.ts';

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
  readonly signal: AbortSignal;
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
  readonly certificate: Certificate;
  readonly provider: Omit<ProviderReport, 'why'>;
  readonly #worker: Worker;
  readonly #lost = new OneTimeEvent<DeviceError>();
  #state: State = { kind: 'idle' };

  /**
   * Loads runtime and graphs in a worker of its own and runs the goldens.
   * @throws DeviceError, also when nothing has moved on for a minute or so: `unreachable` while files of the runtime are
   *   awaited, `failed` after them; or the signal's reason
   */
  static async open({ model, files, runtimeUrl, choice, signal }: WorkerOptions): Promise<ModelWorker> {
    const load = async (file: { sha256: string }) => files.load(file.sha256);
    const graphFiles = Object.entries(deviceGraphsOf(model));
    const graphBytes = graphFiles.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    const [graphs, pictures] = await Promise.all([
      Promise.all(graphFiles.map(async ([name, file]) => [name, await load(file)] as const)),
      Promise.all(model.goldens.map(({ image }) => load(image))),
    ]);
    signal.throwIfAborted();
    const worker = startWorker();
    let abort = () => {};
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    try {
      const answer = await new Promise<SessionAnswer>((resolve, reject) => {
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort);
        const silenceMs = SILENCE_MS + (SILENCE_MS_PER_MB * graphBytes) / 1e6;
        const watch = (stage: SessionProgress['stage']) => {
          clearTimeout(watchdog);
          // What WebGPU compiles may take longer; its trial has a limit of its own.
          if (choice.provider === 'webgpu') return;
          watchdog = setTimeout(() => resolve(hung(stage, silenceMs)), silenceMs);
        };
        worker.onmessage = ({ data }: MessageEvent<SessionAnswer>) => {
          if (data.type === 'progress') watch(data.stage);
          else resolve(data);
        };
        worker.onerror = (event) => resolve(died(event));
        watch('loading');
        const job: SessionJob = {
          type: 'open',
          model,
          graphs: Object.fromEntries(graphs),
          pictures,
          runtimeUrl,
          choice,
        };
        worker.postMessage(job, [...graphs.map(([, bytes]) => bytes), ...pictures]);
      });
      if (answer.type !== 'opened') throw errorOf(answer);
      return new ModelWorker(worker, choice, answer);
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(
    worker: Worker,
    choice: ProviderChoice,
    { certificate, runtime, inferMs }: Extract<SessionAnswer, { type: 'opened' }>,
  ) {
    this.#worker = worker;
    this.certificate = certificate;
    this.provider = { ...choice, runtime, inferMs };
    worker.onmessage = (event: MessageEvent<SessionAnswer>) => this.#finish(event.data);
    worker.onerror = (event) => this.#finish(died(event));
  }

  get busy(): boolean {
    return this.#state.kind === 'busy';
  }

  /** As `run` of DeviceSession. */
  async run(picture: GrabbedFrame['picture'], options: RunOptions): Promise<RunResult> {
    if (this.#state.kind !== 'idle') {
      picture.close();
      if (this.#state.kind === 'gone') throw new DeviceError('failed', 'The worker of the model is gone.');
      throw new Error('A model runs one picture at a time.');
    }
    const hangMs = Math.max(MIN_HANG_MS, HANG_FACTOR * this.provider.inferMs);
    const message = `The model did not answer for ${Math.round(hangMs / 1000)} s.`;
    const watchdog = setTimeout(() => this.#finish({ type: 'failed', code: 'failed', message }), hangMs);
    try {
      const answer = await new Promise<SessionAnswer>((resolve) => {
        // First, as it throws for a picture that was closed.
        this.#worker.postMessage({ type: 'run', picture, options } satisfies SessionJob, [picture]);
        this.#state = { kind: 'busy', settle: resolve };
      });
      if (answer.type !== 'seen') throw errorOf(answer);
      return answer.result;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** Called once, when the worker has died without `close`; soon, where it has already. */
  onLost(listener: (why: DeviceError) => void): () => void {
    return this.#lost.add(listener);
  }

  /** Idempotent. */
  close(): void {
    this.#end({ type: 'failed', code: 'failed', message: 'The model was closed.' });
  }

  #finish(answer: SessionAnswer): void {
    if (this.#state.kind === 'gone' || answer.type === 'progress') return;
    if (answer.type === 'failed') {
      this.#end(answer);
      this.#lost.emit(new DeviceError(answer.code, answer.message));
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

function startWorker(): Worker {
  return new Worker(new URL('./session.worker.ts', import.meta.url), { name: 'model on this device' });
}

/** A script that cannot be loaded, or one that has ended by an error of its own. */
function died(event: ErrorEvent): SessionAnswer {
  // A worker that never started has no message.
  if (!event.message)
    return { type: 'failed', code: 'unreachable', message: 'The worker could not be loaded.' };
  return { type: 'failed', code: 'failed', message: event.message };
}

/** Threads that never start, or a file of which nothing comes. */
function hung(stage: SessionProgress['stage'], silenceMs: number): SessionAnswer {
  const seconds = `${Math.round(silenceMs / 1_000)} s`;
  return stage === 'loading'
    ? {
        type: 'failed',
        code: 'unreachable',
        message: `The runtime for models did not come within ${seconds}.`,
      }
    : { type: 'failed', code: 'failed', message: `The model did not start within ${seconds}.` };
}

function errorOf(answer: SessionAnswer): Error {
  switch (answer.type) {
    case 'failed':
      return new DeviceError(answer.code, answer.message);
    case 'unreadable':
      return new Error(`The picture could not be drawn: ${answer.message}`);
    default:
      return new DeviceError('failed', `The worker answered out of turn: ${answer.type}.`);
  }
}
