import type { ModelInfo } from '../../protocol/messages.ts';
import type { ModelDetails } from '../../protocol/models.ts';
import type { DeviceModel } from '../../vision/deviceModel.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import { readDownloadConditions, rememberDownloadConditions } from '../lens/preferences.ts';
import { createStore, type Store } from '../lens/store.ts';
import { type SurroundingsWatch, unmetCondition, watchSurroundings } from './conditions.ts';
import { createDeviceApi, type DeviceApi } from './deviceApi.ts';
import { type DeviceEvent, deviceReducer, failedPhase } from './deviceReducer.ts';
import { DeviceError, type DeviceSession } from './deviceSession.ts';
import {
  type Certificate,
  type DevicePhase,
  type DeviceState,
  type DownloadConditions,
  EMPTY_DEVICE,
  type ProviderReport,
} from './deviceState.ts';
import { DeviceStore } from './deviceStore.ts';
import type { FetchFile } from './fetchFile.ts';
import { fetchInWorker } from './fetchInWorker.ts';
import { mayReopen } from './reopening.ts';
import { type RetirableSession, retirable } from './retirable.ts';
import { SharedWork } from './sharedWork.ts';
import { activated, allowed, planUpdate, refused, type StoredModel, wentBack } from './storedModel.ts';
import { openVault, type Vault } from './vault.ts';

/** How often the server is asked for newer versions while the page streams. */
const POLL_MS = 10_000;
/** How long a model that nobody uses stays in memory. */
const RELEASE_MS = 30_000;
/** GB (`navigator.deviceMemory`); such a device keeps nothing in memory that is not in use. */
const LOW_MEMORY_GB = 2;
/** With a model here, the server is not waited for longer to say which of its models is the first. */
const FIRST_MODEL_MS = 2_000;

export type OpenSession = (options: {
  model: DeviceModel;
  files: { load(sha256: string): Promise<ArrayBuffer> };
  signal: AbortSignal;
}) => Promise<DeviceSession>;

export interface DeviceOptions {
  /** What lets this page use the server. */
  token(): string | undefined;
  /** Loads a model and runs its goldens; gives the session whether or not they agree. */
  openSession: OpenSession;
  /** Of the server; default: the page's. */
  origin?: string;
  /** Where models are kept; default: as the browser lends it. */
  vault?: Promise<Vault>;
  fetchFile?: FetchFile;
  surroundings?: SurroundingsWatch;
  pollMs?: number;
  releaseMs?: number;
}

/** The goldens do not agree in this browser. */
class UnprovenError extends DeviceError {
  constructor(
    why: string,
    readonly certificate: Certificate,
    readonly provider: ProviderReport,
  ) {
    super('failed', `Unproven: ${why}`);
  }
}

/** A newer version that comes in beside the one in use. */
interface Update {
  readonly version: string;
  readonly ending: AbortController;
  /** A person asked for it: conditions do not count. */
  isAsked: boolean;
}

/** What is under way for one model. */
interface Work {
  readonly id: string;
  /** Proven and in memory. */
  session: RetirableSession | undefined;
  opening: SharedWork<DeviceSession> | undefined;
  update: Update | undefined;
  /** Somebody looks with it. */
  isUsed: boolean;
  /** A person asked for it: conditions do not count for the first download. */
  isAsked: boolean;
  /** The version that was found not to agree in this page's life. */
  unproven: { readonly version: string; readonly why: UnprovenError } | undefined;
  /** An update that failed in a way that trying again does not help. */
  givenUp: string | undefined;
  releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** When its worker died, ms of the page's clock. */
  lossesMs: readonly number[];
  /** Ends when what was begun before has ended: one thing at a time changes what is kept and what is open. */
  turn: Promise<unknown>;
}

/**
 * Models on this device: fetched, proven, kept up to date, given back. Commands in, state out; only `open` rejects.
 * Nothing is asked of the server or the browser's storage before `begin` or a command.
 */
export class Device {
  readonly store: Store<DeviceState, DeviceEvent> = createStore(deviceReducer, EMPTY_DEVICE);
  readonly #options: DeviceOptions;
  readonly #api: DeviceApi;
  readonly #works = new Map<string, Work>();
  /** Those that came first, first. */
  #records: ReadonlyMap<string, StoredModel> = new Map();
  /** As the server told it last; empty: it was not asked yet. */
  #served: readonly ModelDetails[] = [];
  #begun: Promise<DeviceStore> | undefined;
  #surroundings: SurroundingsWatch | undefined;
  readonly #onAllowedChange = new Set<() => void>();
  #isChosen = false;
  #watchers = 0;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #ending = new AbortController();
  readonly #onReplaced = new Set<(modelId: string, session: DeviceSession) => void>();
  readonly #onLost = new Set<(modelId: string, why: DeviceError) => void>();

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#api = createDeviceApi(options.origin ?? location.origin, options.token);
  }

  /** Reads what is kept here. */
  async begin(): Promise<void> {
    await this.#kept();
  }

  /** The models that are kept here, those that came first, first: the page offers them when the server is away. */
  info(): ModelInfo[] {
    return [...this.#records.values()].map(({ current }) => modelInfo(current));
  }

  /**
   * A proven session of the model; of the server's first model, else of the first that is kept here, where none is named.
   * Downloads what is missing; waits for the person's conditions first, unless a person chose this device.
   * @throws DeviceError; the signal's reason when aborted
   */
  async open(modelId: string | undefined, signal: AbortSignal): Promise<DeviceSession> {
    const id = modelId ?? (await this.#firstModel(signal));
    signal.throwIfAborted();
    const work = this.#workOf(id);
    work.isUsed = true;
    clearTimeout(work.releaseTimer);
    try {
      return await this.#openShared(work, signal);
    } catch (error) {
      if (work.session === undefined && work.opening === undefined) work.isUsed = false;
      throw error;
    }
  }

  onReplaced(listener: (modelId: string, session: DeviceSession) => void): () => void {
    this.#onReplaced.add(listener);
    return () => this.#onReplaced.delete(listener);
  }

  onLost(listener: (modelId: string, why: DeviceError) => void): () => void {
    this.#onLost.add(listener);
    return () => this.#onLost.delete(listener);
  }

  release(modelId: string): void {
    const work = this.#works.get(modelId);
    if (work === undefined) return;
    work.isUsed = false;
    this.#freeLater(work);
  }

  /** Says whether a person chose this device: then what is missing is downloaded whatever the conditions. */
  setChosen(isChosen: boolean): void {
    this.#isChosen = isChosen;
    this.#allowedChanged();
  }

  setConditions(conditions: DownloadConditions): void {
    rememberDownloadConditions(conditions);
    this.#dispatch({ type: 'conditions', conditions });
    this.#allowedChanged();
  }

  /** Asks the browser not to clear what is kept here when it runs out of room; some ask the person. */
  async persist(): Promise<void> {
    if (typeof navigator === 'undefined') return;
    // Where it is refused, models are kept as long as there is room.
    await navigator.storage?.persist?.().catch(() => {});
  }

  /** Asks the server for newer versions of the models that are kept here. */
  async check(): Promise<void> {
    await this.#kept();
    try {
      this.#served = (await this.#api.list(this.#ending.signal)).models;
    } catch {
      // It is asked again, or the page is closed.
      return;
    }
    for (const { id, version } of this.#served) this.#learn(id, version);
  }

  /** Keeps models up to date until disposed. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) void this.#poll();
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
      if (this.#watchers === 0) clearTimeout(this.#pollTimer);
    };
  }

  /** The server told by other ways which version of a model it serves. */
  noteVersion(modelId: string, version: string): void {
    void this.#kept().then(() => this.#learn(modelId, version));
  }

  /** Downloads a model, or its newer version, and proves it, because a person asked: conditions do not count. */
  async download(modelId: string): Promise<void> {
    void this.persist();
    await this.#kept();
    const work = this.#workOf(modelId);
    work.isAsked = true;
    work.unproven = undefined;
    work.givenUp = undefined;
    if (work.update) work.update.isAsked = true;
    this.#allowedChanged();
    if (this.#records.get(modelId) === undefined) {
      // What comes of it is told by the state.
      await this.#openShared(work, this.#ending.signal).catch(() => {});
      this.#freeLater(work);
      return;
    }
    await this.#updateAsked(work);
  }

  /** Makes the version before the one in use, once it is proven again. */
  async rollBack(modelId: string): Promise<void> {
    const kept = await this.#kept();
    const work = this.#workOf(modelId);
    await this.#inTurn(work, async () => {
      const record = await kept.record(modelId);
      const previous = record?.previous;
      if (record === undefined || previous === undefined) return;
      const onPhase = (phase: DevicePhase) =>
        this.#dispatch({ type: 'update', id: modelId, update: { version: previous.version, phase } });
      const unhold = kept.hold(previous);
      try {
        await this.#takeOver(work, wentBack(record, previous), onPhase, this.#ending.signal);
        work.update?.ending.abort();
        const { version } = record.current;
        this.#tellRefused(modelId, version, this.#records.get(modelId)?.refused[version] ?? '');
      } catch (error) {
        if (!this.#ending.signal.aborted) onPhase(phaseOf(error));
      } finally {
        unhold();
      }
    });
  }

  /** Takes a model off this device. */
  async remove(modelId: string): Promise<void> {
    const kept = await this.#kept();
    const work = this.#workOf(modelId);
    work.update?.ending.abort();
    work.opening?.end(removed(modelId));
    await this.#inTurn(work, async () => {
      await kept.remove(modelId);
      this.#end(work, removed(modelId));
      this.#dispatch({ type: 'removed', id: modelId });
    });
    await this.#reload(kept);
  }

  /** Takes all models off this device, and what is left of downloads. */
  async clear(): Promise<void> {
    const kept = await this.#kept();
    const ids = new Set([...this.#records.keys(), ...this.#works.keys()]);
    await Promise.all([...ids].map((id) => this.remove(id)));
    await kept.clear();
    await this.#reload(kept);
  }

  /** Ends all that is under way, and all sessions; what is kept is kept. Idempotent. */
  close(): void {
    this.#ending.abort();
    clearTimeout(this.#pollTimer);
    this.#surroundings?.close();
    for (const work of this.#works.values()) {
      clearTimeout(work.releaseTimer);
      work.update?.ending.abort();
      work.opening?.end();
      work.session?.close();
      work.session = undefined;
    }
    this.#onReplaced.clear();
    this.#onLost.clear();
  }

  #kept(): Promise<DeviceStore> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<DeviceStore> {
    const vault = await (this.#options.vault ?? openVault());
    const kept = new DeviceStore(vault, this.#options.fetchFile ?? fetchInWorker);
    this.#dispatch({ type: 'opened', keeps: kept.keeps, conditions: readDownloadConditions() });
    await this.#reload(kept);
    return kept;
  }

  /** Reads all records anew, as another page of the same browser may have changed them, too. */
  async #reload(kept: DeviceStore): Promise<void> {
    const records = await kept.records();
    this.#records = new Map(records.map((record) => [record.current.manifest.id, record]));
    for (const record of records) this.#dispatch({ type: 'kept', record });
    const usedBytes = await kept.usedBytes();
    const quotaBytes = await quota();
    this.#dispatch({ type: 'storage', storage: { usedBytes, quotaBytes } });
  }

  async #firstModel(signal: AbortSignal): Promise<string> {
    await this.#kept();
    const [firstKept] = this.info().filter(isLooking);
    const known = this.#served.find(isLooking);
    if (known) return known.id;
    const attempt = new AbortController();
    const end = () => attempt.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const timer = firstKept && setTimeout(() => attempt.abort(), FIRST_MODEL_MS);
    try {
      this.#served = (await this.#api.list(attempt.signal)).models;
    } catch (error) {
      signal.throwIfAborted();
      if (firstKept) return firstKept.id;
      throw asDeviceError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
    const first = this.#served.find(isLooking) ?? firstKept;
    if (first) return first.id;
    throw new DeviceError('no_model', 'The server has no model that looks, and none is on this device.');
  }

  #openShared(work: Work, signal: AbortSignal): Promise<DeviceSession> {
    if (work.session) return Promise.resolve(work.session);
    if (work.opening === undefined || work.opening.isAbandoned) {
      const opening: SharedWork<DeviceSession> = new SharedWork((ending) =>
        this.#inTurn(work, () => this.#open(work, ending)).finally(() => {
          if (work.opening === opening) work.opening = undefined;
        }),
      );
      work.opening = opening;
    }
    return work.opening.wait(signal);
  }

  async #open(work: Work, signal: AbortSignal): Promise<DeviceSession> {
    signal.throwIfAborted();
    if (work.session) return work.session;
    const { id } = work;
    try {
      const kept = await this.#kept();
      const known = await kept.record(id);
      const isHere = known !== undefined && (await kept.has(known.current));
      const { current } = isHere ? known : await this.#obtain(work, kept, signal);
      if (work.unproven?.version === current.version) throw work.unproven.why;
      this.#dispatch({ type: 'phase', id, phase: { kind: 'starting' } });
      return this.#adopt(work, await this.#openProven(kept, current, signal));
    } catch (error) {
      const isKept = this.#records.has(id);
      if (signal.aborted) {
        if (isKept) this.#dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
        else this.#dispatch({ type: 'removed', id });
        throw signal.reason;
      }
      const why = asDeviceError(error);
      if (why instanceof UnprovenError) {
        const { certificate, provider } = why;
        work.unproven = { version: certificate.version, why };
        this.#dispatch({ type: 'proof', id, certificate, provider });
      }
      this.#dispatch({ type: 'phase', id, phase: phaseOf(why) });
      throw why;
    }
  }

  /** Gets a model here for the first time. */
  async #obtain(work: Work, kept: DeviceStore, signal: AbortSignal): Promise<StoredModel> {
    const { id } = work;
    const model = await this.#api.deviceModel(id, signal).catch((error: unknown) => {
      if (!(error instanceof DeviceError) || error.code !== 'unreachable') throw error;
      const why = `The model is not on this device yet, and the server is needed for it. ${error.message}`;
      throw new DeviceError('unreachable', why, { cause: error });
    });
    const { name } = model.manifest;
    const unhold = kept.hold(model);
    try {
      await this.#download(kept, model, {
        isAsked: () => work.isAsked || this.#isChosen,
        onPhase: (phase) => this.#dispatch({ type: 'phase', id, name, phase }),
        signal,
      });
      const record = { current: model, previous: undefined, refused: {}, sinceMs: Date.now() };
      await kept.write(record);
      return record;
    } finally {
      unhold();
      await this.#reload(kept);
    }
  }

  /** Downloads as long as it is allowed, and waits when it is not. */
  async #download(
    kept: DeviceStore,
    model: DeviceModel,
    options: { isAsked(): boolean; onPhase(phase: DevicePhase): void; signal: AbortSignal },
  ): Promise<void> {
    const { isAsked, onPhase, signal } = options;
    const { id } = model.manifest;
    const whyNot = () => (isAsked() ? undefined : this.#unmet());
    while (!(await kept.has(model))) {
      await this.#until(() => {
        const why = whyNot();
        if (why !== undefined) onPhase({ kind: 'waiting', why });
        return why === undefined;
      }, signal);
      const attempt = new AbortController();
      const end = () => attempt.abort(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      const look = () => whyNot() !== undefined && attempt.abort();
      this.#onAllowedChange.add(look);
      try {
        await kept.download(model, {
          urlOf: ({ sha256 }) => this.#api.fileUrl(id, sha256),
          headers: this.#api.headers(),
          onProgress: (receivedBytes, totalBytes) =>
            onPhase({ kind: 'downloading', receivedBytes, totalBytes }),
          signal: attempt.signal,
        });
        signal.throwIfAborted();
      } catch (error) {
        signal.throwIfAborted();
        if (!attempt.signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', end);
        this.#onAllowedChange.delete(look);
      }
    }
  }

  /** @throws DeviceError; UnprovenError when the goldens do not agree here */
  async #openProven(kept: DeviceStore, model: DeviceModel, signal: AbortSignal): Promise<DeviceSession> {
    const files = { load: (sha256: string) => kept.load(sha256) };
    const session = await this.#options.openSession({ model, files, signal });
    const { certificate, provider } = session;
    if (certificate.holds && !signal.aborted) return session;
    session.close();
    signal.throwIfAborted();
    const problems = [...certificate.withRecord.problems, ...(certificate.withServer?.problems ?? [])];
    const why = problems[0] ?? 'its answers in this browser are not those that were recorded.';
    throw new UnprovenError(why, certificate, provider);
  }

  /** A session takes over, from the one before if there is one. */
  #adopt(work: Work, opened: DeviceSession): DeviceSession {
    const { id } = work;
    const session = retirable(opened);
    const before = work.session;
    work.session = session;
    work.unproven = undefined;
    session.onLost((why) => this.#lost(work, session, why));
    const tell = () => {
      if (work.session !== session) return;
      const { certificate, provider } = session;
      this.#dispatch({ type: 'proof', id, certificate, provider });
    };
    session.onRenewed(tell);
    tell();
    this.#dispatch({ type: 'phase', id, phase: { kind: 'ready' } });
    if (before) {
      for (const listener of this.#onReplaced) listener(id, session);
      before.retire();
    }
    if (!work.isUsed) this.#freeLater(work);
    return session;
  }

  #lost(work: Work, session: RetirableSession, why: DeviceError): void {
    if (work.session !== session) return;
    const { id } = work;
    work.session = undefined;
    session.close();
    this.#dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
    if (!work.isUsed) return;
    const nowMs = performance.now();
    const mayTry = mayReopen(work.lossesMs, nowMs);
    work.lossesMs = [...work.lossesMs, nowMs].slice(-8);
    if (!mayTry) {
      this.#giveUp(work, why);
      return;
    }
    this.#openShared(work, this.#ending.signal).then(
      (again) => {
        for (const listener of this.#onReplaced) listener(id, again);
      },
      (error: unknown) => {
        if (!this.#ending.signal.aborted) this.#giveUp(work, asDeviceError(error));
      },
    );
  }

  #giveUp(work: Work, why: DeviceError): void {
    work.isUsed = false;
    this.#dispatch({ type: 'phase', id: work.id, phase: phaseOf(why) });
    for (const listener of this.#onLost) listener(work.id, why);
  }

  #freeLater(work: Work): void {
    clearTimeout(work.releaseTimer);
    if (work.isUsed || this.#ending.signal.aborted) return;
    const free = () =>
      void this.#inTurn(work, async () => {
        if (work.isUsed || work.session === undefined) return;
        work.session.retire();
        work.session = undefined;
        this.#dispatch({ type: 'phase', id: work.id, phase: { kind: 'stored' } });
      });
    const afterMs = isLowOnMemory() ? 0 : (this.#options.releaseMs ?? RELEASE_MS);
    work.releaseTimer = setTimeout(free, afterMs);
  }

  #end(work: Work, why: DeviceError): void {
    const wasUsed = work.isUsed && work.session !== undefined;
    work.session?.retire();
    work.session = undefined;
    work.isAsked = false;
    work.unproven = undefined;
    clearTimeout(work.releaseTimer);
    if (!wasUsed) return;
    work.isUsed = false;
    for (const listener of this.#onLost) listener(work.id, why);
  }

  /** The server serves this version of a model. */
  #learn(id: string, version: string): void {
    const record = this.#records.get(id);
    if (record === undefined || this.#ending.signal.aborted) return;
    const work = this.#workOf(id);
    const plan = planUpdate(record, version);
    switch (plan.kind) {
      case 'none':
        if (work.update === undefined) {
          this.#dispatch({ type: 'update', id, update: undefined });
          return;
        }
        if (work.update.version !== version) work.update.ending.abort();
        return;
      case 'refused':
        if (work.update?.version !== version) this.#tellRefused(id, version, plan.why);
        return;
      case 'take':
        if (work.update?.version !== version && work.givenUp !== version) {
          void this.#update(work, version, false);
        }
        return;
      default:
        plan satisfies never;
    }
  }

  #tellRefused(id: string, version: string, why: string): void {
    this.#dispatch({ type: 'update', id, update: { version, phase: { kind: 'unproven', why } } });
  }

  async #updateAsked(work: Work): Promise<void> {
    const { id } = work;
    const { signal } = this.#ending;
    let version: string;
    try {
      version = (await this.#api.deviceModel(id, signal)).version;
    } catch (error) {
      const known = this.store.getState().models[id]?.update?.version;
      if (signal.aborted || known === undefined) return;
      this.#dispatch({ type: 'update', id, update: { version: known, phase: phaseOf(error) } });
      return;
    }
    const kept = await this.#kept();
    await this.#inTurn(work, async () => {
      const record = await kept.record(id);
      if (record?.refused[version] === undefined) return;
      await kept.write(allowed(record, version));
      await this.#reload(kept);
    });
    const record = this.#records.get(id);
    if (record === undefined) return;
    if (record.current.version === version) this.#learn(id, version);
    else if (work.update?.version !== version) await this.#update(work, version, true);
  }

  /** Brings a newer version in beside the one that goes on. */
  async #update(work: Work, version: string, isAsked: boolean): Promise<void> {
    const { id } = work;
    work.update?.ending.abort();
    const update: Update = { version, isAsked, ending: new AbortController() };
    work.update = update;
    const { signal } = update.ending;
    const onPhase = (phase: DevicePhase) => {
      if (work.update === update) this.#dispatch({ type: 'update', id, update: { version, phase } });
    };
    let unhold = () => {};
    try {
      const kept = await this.#kept();
      const model = await this.#api.deviceModel(id, signal);
      // The server has moved on meanwhile; it is asked again.
      if (model.version !== version) return;
      unhold = kept.hold(model);
      await this.#download(kept, model, { isAsked: () => update.isAsked, onPhase, signal });
      await this.#reload(kept);
      await this.#inTurn(work, async () => {
        signal.throwIfAborted();
        const record = await kept.record(id);
        if (record) await this.#takeOver(work, activated(record, model), onPhase, signal);
      });
    } catch (error) {
      unhold();
      if (!signal.aborted) await this.#onUpdateFailed(work, version, asDeviceError(error), onPhase);
    } finally {
      unhold();
      if (work.update === update) work.update = undefined;
      if (signal.aborted && work.update === undefined)
        this.#dispatch({ type: 'update', id, update: undefined });
    }
  }

  async #onUpdateFailed(
    work: Work,
    version: string,
    why: DeviceError,
    onPhase: (phase: DevicePhase) => void,
  ): Promise<void> {
    onPhase(phaseOf(why));
    if (why instanceof UnprovenError || why.code === 'hash') {
      const kept = await this.#kept();
      await this.#inTurn(work, async () => {
        const record = await kept.record(work.id);
        // Where there is no room for it, it is tried again at the next visit.
        if (record) await kept.write(refused(record, version, why.message)).catch(() => {});
        await kept.sweep();
      });
      await this.#reload(kept);
    }
    // The link may be better the next time; the rest would only cost again.
    if (why.code !== 'unreachable' && why.code !== 'unauthorized') work.givenUp = version;
  }

  /** Proves the current version of a new record, keeps the record, and lets its session take over. In the model's turn. */
  async #takeOver(
    work: Work,
    record: StoredModel,
    onPhase: (phase: DevicePhase) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const kept = await this.#kept();
    onPhase({ kind: 'starting' });
    const session = await this.#openProven(kept, record.current, signal);
    try {
      await kept.write(record);
    } catch (error) {
      session.close();
      throw error;
    }
    this.#dispatch({ type: 'kept', record });
    this.#adopt(work, session);
    await kept.sweep();
    await this.#reload(kept);
  }

  #unmet(): string | undefined {
    this.#surroundings ??= this.#watchSurroundings();
    return unmetCondition(this.store.getState().conditions, this.#surroundings.read());
  }

  #watchSurroundings(): SurroundingsWatch {
    const surroundings = this.#options.surroundings ?? watchSurroundings();
    surroundings.onChange(() => this.#allowedChanged());
    return surroundings;
  }

  #allowedChanged(): void {
    for (const listener of [...this.#onAllowedChange]) listener();
  }

  /** Resolves when `isAllowed`, which is asked again at each change of what is allowed. */
  #until(isAllowed: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!signal.aborted && !isAllowed()) return;
        this.#onAllowedChange.delete(look);
        signal.removeEventListener('abort', look);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#onAllowedChange.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#pollTimer);
    await this.check();
    if (this.#watchers === 0 || this.#ending.signal.aborted) return;
    this.#pollTimer = setTimeout(() => void this.#poll(), this.#options.pollMs ?? POLL_MS);
  }

  #workOf(id: string): Work {
    let work = this.#works.get(id);
    if (work === undefined) {
      work = {
        id,
        session: undefined,
        opening: undefined,
        update: undefined,
        isUsed: false,
        isAsked: false,
        unproven: undefined,
        givenUp: undefined,
        releaseTimer: undefined,
        lossesMs: [],
        turn: Promise.resolve(),
      };
      this.#works.set(id, work);
    }
    return work;
  }

  #inTurn<T>(work: Work, job: () => Promise<T>): Promise<T> {
    const turn = work.turn.then(job);
    work.turn = turn.catch(() => {});
    return turn;
  }

  #dispatch(event: DeviceEvent): void {
    this.store.dispatch(event);
  }
}

function phaseOf(error: unknown): DevicePhase {
  const why = asDeviceError(error);
  return why instanceof UnprovenError ? { kind: 'unproven', why: why.message } : failedPhase(why);
}

function asDeviceError(error: unknown): DeviceError {
  if (error instanceof DeviceError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new DeviceError('failed', why, { cause: error });
}

const removed = (id: string) => new DeviceError('no_model', `"${id}" was taken off this device.`);

/** An embedding gives no labels. */
const isLooking = ({ task, ...model }: { task: string; state?: ModelDetails['state'] }) =>
  task !== 'image-embedding' && model.state !== 'broken';

const isLowOnMemory = () =>
  typeof navigator !== 'undefined' &&
  ((navigator as { deviceMemory?: number }).deviceMemory ?? Number.POSITIVE_INFINITY) <= LOW_MEMORY_GB;

/** What the browser lends this page in all, bytes, where it tells. */
async function quota(): Promise<number | undefined> {
  if (typeof navigator === 'undefined') return undefined;
  return (await navigator.storage?.estimate?.().catch(() => undefined))?.quota;
}
