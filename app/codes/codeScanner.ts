import type { Label } from '../../protocol/messages.ts';
import type { FrameSink, GrabbedFrame } from '../capture/grabFrames.ts';
import type { PixelReader } from '../capture/readback.ts';
import type { CodesAnswer, CodesRequest } from './codesJob.ts';

/** The codes of one picture. */
export interface CodeLabels {
  readonly labels: readonly Label[];
  readonly capturedAtMs: number;
}

/** Pictures of a video are read no more often, ms: a hand is slower than that, and a phone stays cool. */
const LEAST_INTERVAL_MS = 60;
/** At most one part in this many of the time is for codes: on a slow machine the rest is for the model. */
const SHARE = 4;
/** Ids of codes begin here: those of things count from 1, and both are in one overlay. */
const FIRST_ID = 1_000_000_000;

export interface CodeScannerOptions {
  /** How true pixels are read in this browser; undefined: not at all, or not known yet. */
  pixelReader(): Exclude<PixelReader, 'none'> | undefined;
  /** What goes before it on a video: labels come first. */
  after: Promise<unknown>;
}

type State =
  | { kind: 'closed' }
  | { kind: 'opening'; worker: Worker }
  | { kind: 'idle'; worker: Worker }
  | { kind: 'reading'; worker: Worker; capturedAtMs: number; settle?: (labels: readonly Label[]) => void }
  /** The reader cannot be loaded, or died; the lens goes on without codes, and tries again later. */
  | { kind: 'failed'; atMs: number };

/** Time after which a reader that could not be loaded is tried again: the server may have been away, ms. */
const RETRY_MS = 30_000;

/**
 * Reads codes on this device, in a worker, at its own pace: a picture is taken when the one before is read. No picture
 * leaves the device. The worker is started with the first picture that is wanted.
 */
export class CodeScanner implements FrameSink {
  readonly #options: CodeScannerOptions;
  readonly #listeners = new Set<(codes: CodeLabels) => void>();
  readonly #waiting: (() => void)[] = [];
  #state: State = { kind: 'closed' };
  #isDue = false;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** From the last picture to its answer. */
  #tookMs = 0;

  constructor(options: CodeScannerOptions) {
    this.#options = options;
    void options.after.then(() => {
      this.#isDue = true;
    });
  }

  wantsFrame(): boolean {
    if (!this.#isDue || this.#options.pixelReader() === undefined) return false;
    this.#openIfDue();
    const intervalMs = Math.max(LEAST_INTERVAL_MS, SHARE * this.#tookMs);
    return this.#state.kind === 'idle' && performance.now() - this.#readAtMs >= intervalMs;
  }

  push({ picture, capturedAtMs }: GrabbedFrame): void {
    this.#read(picture, { capturedAtMs, isStill: false });
  }

  /**
   * All codes of a picture that stands still, which it closes. None where this browser gives no true pixels, or the reader
   * cannot be loaded.
   */
  async readStill(picture: ImageBitmap | VideoFrame): Promise<readonly Label[]> {
    this.#openIfDue();
    while (this.#state.kind === 'opening' || this.#state.kind === 'reading') {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return new Promise((settle) => this.#read(picture, { capturedAtMs: 0, isStill: true, settle }));
  }

  onLabels(listener: (codes: CodeLabels) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the worker; a later picture starts another one. Idempotent. */
  close(): void {
    this.#end({ kind: 'closed' });
  }

  #openIfDue(): void {
    const state = this.#state;
    const isOver = state.kind === 'failed' && performance.now() - state.atMs >= RETRY_MS;
    if (state.kind === 'closed' || isOver) this.#open();
  }

  #open(): void {
    const worker = new Worker(new URL('./codes.worker.ts', import.meta.url), { name: 'codes' });
    this.#state = { kind: 'opening', worker };
    worker.onmessage = ({ data }: MessageEvent<CodesAnswer>) => this.#onAnswer(worker, data);
    worker.onerror = (event) => {
      // It is told here, and is no error of the page.
      event.preventDefault();
      console.warn('The reader of codes ended.', event.message);
      this.#end({ kind: 'failed', atMs: performance.now() });
    };
    const wasmUrl = new URL('zxing-wasm/reader/zxing_reader.wasm', import.meta.url);
    const open: CodesRequest = { type: 'open', wasmUrl: new URL(wasmUrl.href, document.baseURI).href };
    worker.postMessage(open);
  }

  #read(
    picture: ImageBitmap | VideoFrame,
    {
      capturedAtMs,
      isStill,
      settle,
    }: { capturedAtMs: number; isStill: boolean; settle?: (labels: readonly Label[]) => void },
  ): void {
    const state = this.#state;
    const reader = this.#options.pixelReader();
    if (state.kind !== 'idle' || reader === undefined) {
      picture.close();
      settle?.([]);
      return;
    }
    const { worker } = state;
    this.#readAtMs = performance.now();
    this.#state = { kind: 'reading', worker, capturedAtMs, ...(settle && { settle }) };
    const request: CodesRequest = { type: 'read', picture, capturedAtMs, reader, isStill };
    worker.postMessage(request, [picture]);
  }

  #onAnswer(worker: Worker, answer: CodesAnswer): void {
    const state = this.#state;
    if (answer.type === 'failed' && state.kind === 'opening') {
      console.warn('Codes are not read.', answer.message);
      this.#end({ kind: 'failed', atMs: performance.now() });
      return;
    }
    this.#state = { kind: 'idle', worker };
    if (state.kind === 'reading') {
      const labels = answer.type === 'labels' ? answer.labels.map(withOwnId) : [];
      if (!state.settle) this.#tookMs = performance.now() - this.#readAtMs;
      if (state.settle) state.settle(labels);
      else for (const listener of this.#listeners) listener({ labels, capturedAtMs: state.capturedAtMs });
    }
    this.#wake();
  }

  #end(state: State): void {
    const before = this.#state;
    if ('worker' in before) before.worker.terminate();
    this.#state = state;
    if (before.kind === 'reading') before.settle?.([]);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const withOwnId = (label: Label): Label => ({ ...label, id: FIRST_ID + label.id });
