import type { Page } from 'playwright';
import type { Mode } from '../app/lens/modes.ts';
import type { Backend } from '../app/recognizers/recognizer.ts';

/** What gave labels: the primary model, a secondary one, or the reader of codes. */
export type LabelKind = 'primary' | 'secondary' | 'codes';

/** Labels that came. Times in ms of the page's clock. */
export interface ModeLabels {
  readonly kind: LabelKind;
  readonly atMs: number;
  /** Since the picture was captured. */
  readonly ageMs: number;
}

/** Why the primary model did not get a picture of the camera, or that it did. */
export type Fate =
  | 'sent'
  /** The encoder had a picture of the primary model, or a secondary one. */
  | 'encoder, primary'
  | 'encoder, secondary'
  /** This picture went to a secondary model. */
  | 'taken by secondary'
  /** As many frames were in flight as the link bears; without or with one of a secondary model. */
  | 'in flight, primary'
  | 'in flight, secondary'
  /** The model of this device was at work. */
  | 'device, primary'
  | 'device, secondary';

export interface ModeRecord {
  readonly labels: readonly ModeLabels[];
  /** One for each picture that the camera gave, while the mode ran. */
  readonly pictures: readonly { readonly atMs: number; readonly fate: Fate }[];
  readonly droppedFrames: number;
  readonly nowMs: number;
}

declare global {
  interface Window {
    livelensModes: { labels: ModeLabels[]; pictures: { atMs: number; fate: Fate }[]; droppedFrames: number };
  }
}

/** As if a person had chosen the mode and the backend in a visit before; the page is watched from its start. */
export async function watchMode(page: Page, mode: Mode, backend: Backend): Promise<void> {
  await page.addInitScript(
    (entries) => {
      // Empty pages have none.
      if (!location.protocol.startsWith('http')) return;
      for (const [name, value] of Object.entries(entries)) localStorage.setItem(`livelens.${name}`, value);
    },
    {
      modelId: mode.modelId ?? '',
      codes: mode.codes,
      place: backend,
      ...(mode.secondary.length > 0 && { also: mode.secondary.join() }),
    },
  );
  // tsx wraps functions that are kept in constants into it, which a page does not have.
  await page.addInitScript('globalThis.__name = (named) => named;');
  await page.addInitScript(watch);
}

export const readModes = (page: Page): Promise<ModeRecord> =>
  page.evaluate(() => ({ ...window.livelensModes, nowMs: performance.now() }));

/** Runs in the page before its own scripts. It looks at messages only: those of the socket, and of the page's workers. */
function watch(): void {
  window.livelensModes = { labels: [], pictures: [], droppedFrames: 0 };
  const { livelensModes: record } = window;
  const HEADER_MODEL = 2;
  const HEADER_SEQ = 4;
  /** Of the newest picture that the video shows. */
  let shownCapturedAtMs = 0;
  let shown: number | undefined;
  /** What works on a picture now: whose it is, and when it was captured. */
  const busy: Partial<Record<string, { kind: LabelKind; capturedAtMs: number }>> = {};
  const inFlight = new Map<number, { isSecondary: boolean; capturedAtMs: number }>();
  const came = (kind: LabelKind, capturedAtMs: number) => {
    const atMs = performance.now();
    record.labels.push({ kind, atMs, ageMs: atMs - capturedAtMs });
  };

  const fateNow = (): Fate => {
    const encoding = busy['frame encoder'];
    if (encoding) return encoding.kind === 'secondary' ? 'encoder, secondary' : 'encoder, primary';
    const running = busy['model on this device'];
    if (running) return running.kind === 'secondary' ? 'device, secondary' : 'device, primary';
    const isWithSecondary = [...inFlight.values()].some(({ isSecondary }) => isSecondary);
    return isWithSecondary ? 'in flight, secondary' : 'in flight, primary';
  };
  const took = (isSecondary: boolean) => {
    const picture = record.pictures.at(-1);
    if (picture) picture.fate = isSecondary ? 'taken by secondary' : 'sent';
  };

  const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return requestVideoFrameCallback.call(this, (nowMs, metadata) => {
      // The page asks twice: for models and for codes.
      if (metadata.presentedFrames !== shown) {
        shown = metadata.presentedFrames;
        shownCapturedAtMs = metadata.captureTime ?? nowMs;
        // Says otherwise if it is sent.
        record.pictures.push({ atMs: performance.now(), fate: fateNow() });
      }
      callback(nowMs, metadata);
    });
  };

  const OriginalWorker = window.Worker;
  window.Worker = class extends OriginalWorker {
    readonly #name: string;
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.#name = options?.name ?? '';
      this.addEventListener('message', ({ data }: MessageEvent<{ type?: string }>) => {
        const job = busy[this.#name];
        if (job === undefined || !['encoded', 'seen', 'unreadable', 'labels'].includes(data.type ?? ''))
          return;
        busy[this.#name] = undefined;
        if (data.type === 'seen' || data.type === 'labels') came(job.kind, job.capturedAtMs);
      });
    }
    override postMessage(message: unknown, options?: Transferable[] | StructuredSerializeOptions): void {
      const {
        type,
        isSecondary,
        options: run,
      } = message as {
        type?: string;
        isSecondary?: boolean;
        options?: { isSecondary?: boolean };
      };
      if (type === 'encode' || type === 'run' || type === 'read') {
        const isOfSecondary = isSecondary === true || run?.isSecondary === true;
        const kind = type === 'read' ? 'codes' : isOfSecondary ? 'secondary' : 'primary';
        busy[this.#name] = { kind, capturedAtMs: shownCapturedAtMs };
        if (type !== 'read') took(isOfSecondary);
      }
      super.postMessage(message, options as StructuredSerializeOptions);
    }
  };

  const OriginalSocket = window.WebSocket;
  window.WebSocket = class extends OriginalSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data !== 'string' || !/^\{"type":"(labels|dropped)"/.test(data)) return;
        const { type, seq } = JSON.parse(data) as { type: string; seq: number };
        const sent = inFlight.get(seq);
        inFlight.delete(seq);
        if (type === 'dropped') record.droppedFrames += 1;
        else if (sent) came(sent.isSecondary ? 'secondary' : 'primary', sent.capturedAtMs);
      });
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
        const view = ArrayBuffer.isView(data)
          ? new DataView(data.buffer, data.byteOffset)
          : new DataView(data);
        const isSecondary = view.getUint8(HEADER_MODEL) > 0;
        inFlight.set(view.getUint32(HEADER_SEQ, true), {
          isSecondary,
          capturedAtMs: view.getFloat64(8, true),
        });
      }
      super.send(data);
    }
  };
}
