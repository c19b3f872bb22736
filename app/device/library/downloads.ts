import { Listeners } from '../../../client/listeners.ts';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { DeviceApi } from './deviceApi.ts';
import { type DeviceConditionsWatch, unmetCondition, watchDeviceConditions } from './deviceConditions.ts';
import type { DevicePhase } from './deviceState.ts';
import type { DeviceStore } from './deviceStore.ts';
import type { DownloadConditions } from './downloadConditions.ts';
import { filesOf } from './storedModel.ts';

interface DownloadsOptions {
  readonly api: DeviceApi;
  /** Those that the person ticked. */
  conditions(): DownloadConditions;
  /** Default: this page's. */
  readonly deviceConditions: DeviceConditionsWatch | undefined;
}

interface Download {
  /** Whether a person asked for it: then conditions do not count. */
  isAsked(): boolean;
  /** `waiting` and `downloading`. */
  onPhase(phase: DevicePhase): void;
  signal: AbortSignal;
}

/** Downloads of models, as long as the person's conditions allow. */
export class Downloads {
  readonly #options: DownloadsOptions;
  /** Asked for when the first download is: it listens to the page. */
  #deviceConditions: DeviceConditionsWatch | undefined;
  readonly #listeners = new Listeners<void>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /**
   * Whether something large may be fetched now that a person does not wait for, such as another runtime: the conditions
   * for automatic downloads are met, and the link is not known to be metered.
   */
  mayFetchExtra(): boolean {
    return this.#unmet() === undefined && this.#deviceConditions?.read().unmetered !== false;
  }

  /** Something that decides whether a download may go on has changed: what a person asked for, or the conditions. */
  changed(): void {
    this.#listeners.emit();
  }

  /**
   * Fetches what is missing of a model: waits while it is not allowed, stops when it is no more, and goes on from there.
   * @throws DeviceError; the signal's reason when aborted
   */
  async run(kept: DeviceStore, model: DeviceModel, { isAsked, onPhase, signal }: Download): Promise<void> {
    const { api } = this.#options;
    const whyNot = () => (isAsked() ? undefined : this.#unmet());
    const allBytes = filesOf(model).reduce((sum, { bytes }) => sum + bytes, 0);
    let isWaiting: boolean | undefined;
    const isAllowed = () => {
      const why = whyNot();
      if (why !== undefined) onPhase({ kind: 'waiting', why });
      // At once, not with the first bytes: whoever asks next must not read that it still waits.
      else if (isWaiting !== false) onPhase({ kind: 'downloading', receivedBytes: 0, totalBytes: allBytes });
      isWaiting = why !== undefined;
      return !isWaiting;
    };
    while (!(await kept.has(model))) {
      await this.#until(isAllowed, signal);
      const attempt = new AbortController();
      const end = () => attempt.abort(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      const check = () => whyNot() !== undefined && attempt.abort();
      const unlisten = this.#listeners.add(check);
      try {
        await kept.download(model, {
          urlOf: ({ sha256 }) => api.fileUrl(model.manifest.id, sha256),
          headers: await api.headers(),
          onProgress: (receivedBytes, totalBytes) =>
            onPhase({ kind: 'downloading', receivedBytes, totalBytes }),
          signal: attempt.signal,
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!attempt.signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', end);
        unlisten();
      }
    }
  }

  close(): void {
    this.#deviceConditions?.close();
  }

  #unmet(): string | undefined {
    if (this.#deviceConditions === undefined) {
      this.#deviceConditions = this.#options.deviceConditions ?? watchDeviceConditions();
      this.#deviceConditions.onChange(() => this.changed());
    }
    return unmetCondition(this.#options.conditions(), this.#deviceConditions.read());
  }

  /** Resolves when `isAllowed`, which is asked again at each change. */
  #until(isAllowed: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!signal.aborted && !isAllowed()) return;
        unlisten();
        signal.removeEventListener('abort', check);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const unlisten = this.#listeners.add(check);
      signal.addEventListener('abort', check);
      check();
    });
  }
}
