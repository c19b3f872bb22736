import { Listeners } from '../../../client/listeners.ts';
import type { ModelInfo } from '../../../protocol/messages.ts';
import type { ModelDetails } from '../../../protocol/models.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import { repeat } from '../../browser/repeat.ts';
import { createStore, type Store } from '../../browser/store.ts';
import { clearRuntime } from '../../offline/runtimeCache.ts';
import { asDeviceError, DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import { createDeviceApi, type DeviceApi } from './deviceApi.ts';
import { askToPersist, isLowOnMemory } from './deviceCapacity.ts';
import type { DeviceConditionsWatch } from './deviceConditions.ts';
import { type DeviceEvent, deviceReducer } from './deviceReducer.ts';
import type { DeviceSessions } from './deviceSessions.ts';
import { type DeviceState, EMPTY_DEVICE } from './deviceState.ts';
import { DeviceStore } from './deviceStore.ts';
import {
  type DownloadConditions,
  readDownloadConditions,
  rememberDownloadConditions,
} from './downloadConditions.ts';
import { Downloads } from './downloads.ts';
import type { FetchFile } from './fetchFile.ts';
import { fetchInWorker } from './fetchInWorker.ts';
import { measureStorage } from './measureStorage.ts';
import type { Begun, ModelHost, OpenSession } from './modelHost.ts';
import { ModelOnDevice } from './modelOnDevice.ts';
import { type OpeningAhead, openAhead } from './openAhead.ts';
import type { StoredModel } from './storedModel.ts';
import { createMemoryVault, openVault, type Vault } from './vault.ts';
import { watchWaiting } from './watchWaiting.ts';

/** Interval of asking for newer versions while the page streams. */
const POLL_MS = 10_000;
/** How long an unused model stays in memory. */
const RELEASE_MS = 30_000;
/** With a model here, the server is not waited for longer to say which of its models is the first. */
const FIRST_MODEL_MS = 2_000;

export interface DeviceOptions {
  /** What lets this page use the server. */
  token(): string | undefined;
  /** Loads a model and runs its goldens; gives the session whether or not they agree. */
  openSession: OpenSession;
  /** The server's address, such as `https://example.org/lens`; default: where the page comes from. */
  server?: string;
  /** Where models are kept; default: as the browser lends it. */
  vault?: Promise<Vault>;
  /** Default: in a worker. */
  fetchFile?: FetchFile;
  /** Default: those of the page. */
  deviceConditions?: DeviceConditionsWatch;
  /** The model that a person waited for at the last visit; default: none. */
  lastModel?(): string | undefined;
  /** Default 10,000. */
  pollMs?: number;
  /** Default 30,000; at once where there is little memory. */
  releaseMs?: number;
}

/**
 * Models on this device: fetched, proven, kept up to date, given back. Commands in, state out; only `open` rejects.
 * Nothing is asked of the server or of the browser's storage before `begin` or a command.
 */
export class Device implements DeviceSessions {
  readonly store: Store<DeviceState, DeviceEvent> = createStore(deviceReducer, EMPTY_DEVICE);
  readonly #options: DeviceOptions;
  readonly #api: DeviceApi;
  readonly #downloads: Downloads;
  readonly #models = new Map<string, ModelOnDevice>();
  /** Those that came first, first. */
  #records: ReadonlyMap<string, StoredModel> = new Map();
  /** The server's latest list; empty before the first. */
  #served: readonly ModelDetails[] = [];
  #begun: Promise<Begun> | undefined;
  /** Resolves when it was last found out what models take. */
  #measured: Promise<void> = Promise.resolve();
  #isChosen = false;
  #watchers = 0;
  #endPolling = () => {};
  readonly #ending = new AbortController();
  readonly #replacedListeners = new Listeners<{ modelId: string; session: DeviceSession }>();
  readonly #lostListeners = new Listeners<{ modelId: string; why: DeviceError }>();

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#api = createDeviceApi(options.server, options.token);
    this.#downloads = new Downloads({
      api: this.#api,
      conditions: () => this.store.getState().conditions,
      deviceConditions: options.deviceConditions,
    });
  }

  async begin(): Promise<void> {
    await this.#whenBegun();
  }

  /** The models that are kept here, those that came first, first: the page offers them when the server is away. */
  info(): ModelInfo[] {
    return [...this.#records.values()].map(({ current }) => modelInfo(current));
  }

  /**
   * A proven session of the model; where none is named, of the server's first model, else of the first that is kept here.
   * Downloads what is missing; waits for the person's conditions first, unless a person chose this device.
   * @param onWaiting called when it waits for them, with why; with undefined when it downloads, or waits no more
   * @throws DeviceError; the signal's reason when aborted
   */
  async open(
    modelId: string | undefined,
    signal: AbortSignal,
    onWaiting: (why: string | undefined) => void = () => {},
  ): Promise<DeviceSession> {
    await this.#whenBegun();
    if (modelId !== undefined) return this.#openNamed(modelId, signal, onWaiting);
    const ahead = this.#openAhead();
    try {
      const id = await this.#firstModel(signal);
      signal.throwIfAborted();
      ahead?.decide(id);
      return await this.#openNamed(id, signal, onWaiting);
    } finally {
      ahead?.end();
    }
  }

  /** The model of the last visit is most likely meant: it is opened while the server is asked, where a person waits and no one uses it. */
  #openAhead(): OpeningAhead | undefined {
    const id = this.#options.lastModel?.() ?? '';
    const record = this.#records.get(id);
    if (record === undefined || !this.#isChosen || this.#models.has(id)) return undefined;
    return openAhead(id, {
      open: async (signal) => {
        const { kept } = await this.#whenBegun();
        // Nothing is downloaded for a guess.
        if (await kept.has(record.current)) await (await this.#model(id)).open(signal);
      },
      release: () => this.release(id),
    });
  }

  async #openNamed(
    id: string,
    signal: AbortSignal,
    onWaiting: (why: string | undefined) => void,
  ): Promise<DeviceSession> {
    const model = await this.#model(id);
    const unwatch = watchWaiting(this.store, id, onWaiting);
    try {
      return await model.open(signal);
    } finally {
      unwatch();
    }
  }

  /** Called when a proven session took over for this model (see `DeviceSessions.onReplaced`). */
  onReplaced(listener: (modelId: string, session: DeviceSession) => void): () => void {
    return this.#replacedListeners.add(({ modelId, session }) => listener(modelId, session));
  }

  /** Called when a model's session ended unexpectedly and could not be brought back, or the model was removed. */
  onLost(listener: (modelId: string, why: DeviceError) => void): () => void {
    return this.#lostListeners.add(({ modelId, why }) => listener(modelId, why));
  }

  /** Says that no one uses the model for now: its memory may be freed. */
  release(modelId: string): void {
    this.#models.get(modelId)?.release();
  }

  /** A person chose these models: those that were taken off this device may come back to it. */
  choose(modelIds: readonly string[]): void {
    for (const id of modelIds) this.#models.get(id)?.allow();
  }

  /** Says whether a person chose this device: then what is missing is downloaded whatever the conditions. */
  setChosen(isChosen: boolean): void {
    this.#isChosen = isChosen;
    if (isChosen) this.choose([...this.#models.keys()]);
    this.#downloads.changed();
  }

  setConditions(conditions: DownloadConditions): void {
    rememberDownloadConditions(conditions);
    this.store.dispatch({ type: 'conditions', conditions });
    this.#downloads.changed();
  }

  /** Asks the browser not to clear what is kept here when it runs out of room; some ask the person. */
  async persist(): Promise<void> {
    await askToPersist();
  }

  /** Asks the server for newer versions of the models that are kept here. */
  async check(): Promise<void> {
    await this.#whenBegun();
    try {
      this.#served = (await this.#api.list(this.#ending.signal)).models;
    } catch {
      // It is asked again, or the page is closed.
      return;
    }
    for (const { id, version } of this.#served) await this.#learn(id, version);
  }

  /** Keeps models up to date until disposed. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#endPolling = repeat(() => this.check(), this.#options.pollMs ?? POLL_MS);
    const ending = new AbortController();
    const { signal } = ending;
    const onReturn = () => void this.check();
    if (typeof window !== 'undefined') {
      window.addEventListener('online', onReturn, { signal });
      document.addEventListener('visibilitychange', () => document.hidden || onReturn(), { signal });
    }
    return () => {
      if (signal.aborted) return;
      ending.abort();
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#endPolling();
    };
  }

  /**
   * The server said elsewhere which version of a model it serves. No effect while there is no watcher: then nothing is
   * downloaded next to what a person waits for, and whoever watches asks first of all.
   */
  noteVersion(modelId: string, version: string): void {
    if (this.#watchers === 0) return;
    void this.#learn(modelId, version);
  }

  /** Downloads a model, or its newer version, and proves it, because a person asked: conditions do not count. */
  async download(modelId: string): Promise<void> {
    void this.persist();
    await (await this.#model(modelId)).download();
  }

  /** Makes the version before the one in use, once it is proven again. */
  async rollBack(modelId: string): Promise<void> {
    await (await this.#model(modelId)).rollBack();
  }

  /** Takes a model off this device, to which it comes back only if a person asks for it. */
  async remove(modelId: string): Promise<void> {
    await (await this.#model(modelId)).remove();
  }

  /** Takes all models off this device, what is left of downloads, and the runtime. */
  async clear(): Promise<void> {
    const { kept } = await this.#whenBegun();
    const ids = new Set([...this.#records.keys(), ...this.#models.keys()]);
    await Promise.all([...ids].map((id) => this.remove(id)));
    await kept.clear();
    await clearRuntime();
    await this.#reload(kept);
    await this.#measured;
  }

  /** Ends all pending work and all sessions; stored models stay stored. Idempotent. */
  close(): void {
    this.#ending.abort();
    this.#endPolling();
    this.#downloads.close();
    for (const model of this.#models.values()) model.close();
  }

  #whenBegun(): Promise<Begun> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<Begun> {
    const { vault, fetchFile, openSession, releaseMs } = this.#options;
    let kept = new DeviceStore(await (vault ?? openVault()), fetchFile ?? fetchInWorker);
    try {
      await this.#reload(kept);
    } catch (error) {
      console.warn('What this browser keeps could not be read; models are kept in memory.', error);
      kept = new DeviceStore(createMemoryVault(), fetchFile ?? fetchInWorker);
      await this.#reload(kept);
    }
    this.store.dispatch({
      type: 'opened',
      isPersistent: kept.isPersistent,
      conditions: readDownloadConditions(),
    });
    const host: ModelHost = {
      api: this.#api,
      kept,
      downloads: this.#downloads,
      openSession,
      releaseMs: isLowOnMemory() ? 0 : (releaseMs ?? RELEASE_MS),
      ending: this.#ending.signal,
      isChosen: () => this.#isChosen,
      record: (id) => this.#records.get(id),
      reload: () => this.#reload(kept),
      dispatch: (event) => this.store.dispatch(event),
      tookOver: (modelId, session) => this.#replacedListeners.emit({ modelId, session }),
      lost: (modelId, why) => this.#lostListeners.emit({ modelId, why }),
    };
    return { kept, host };
  }

  async #model(id: string): Promise<ModelOnDevice> {
    const { host } = await this.#whenBegun();
    const model = this.#models.get(id) ?? new ModelOnDevice(id, host);
    this.#models.set(id, model);
    return model;
  }

  async #learn(id: string, version: string): Promise<void> {
    await this.#whenBegun();
    if (this.#records.has(id)) (await this.#model(id)).learn(version);
  }

  /** Reads all records again, as another page of the same browser may have changed them, too. */
  async #reload(kept: DeviceStore): Promise<void> {
    const records = await kept.records();
    this.#records = new Map(records.map((record) => [record.current.manifest.id, record]));
    for (const record of records) this.store.dispatch({ type: 'kept', record });
    // Only shown: no model waits for it.
    this.#measured = this.#measured.then(async () => {
      const storage = await measureStorage(kept);
      if (storage) this.store.dispatch({ type: 'storage', storage });
    });
  }

  async #firstModel(signal: AbortSignal): Promise<string> {
    const firstKept = this.info().find(canLabel);
    if (this.#served.length === 0) {
      try {
        const deadlineMs = firstKept ? FIRST_MODEL_MS : undefined;
        this.#served = (await this.#api.list(signal, deadlineMs)).models;
      } catch (error) {
        signal.throwIfAborted();
        if (firstKept) return firstKept.id;
        throw asDeviceError(error);
      }
    }
    const first = this.#served.find(canLabel) ?? firstKept;
    if (first) return first.id;
    throw new DeviceError(
      'no_model',
      'The server has no model that gives labels, and none is on this device.',
    );
  }
}

const canLabel = ({ task, ...model }: { task: string; state?: ModelDetails['state'] }) =>
  givesLabels(task) && model.state !== 'broken';
