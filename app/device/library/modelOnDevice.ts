import type { DeviceModel } from '../../../vision/deviceModel.ts';
import {
  asDeviceError,
  DeviceError,
  type DeviceErrorCode,
  type DeviceSession,
} from '../runtime/deviceSession.ts';
import { type RetirableSession, retirable } from '../runtime/retirable.ts';
import { canReopen } from './canReopen.ts';
import type { DeviceApi } from './deviceApi.ts';
import type { DeviceEvent } from './deviceReducer.ts';
import type { DevicePhase } from './deviceState.ts';
import type { DeviceStore } from './deviceStore.ts';
import type { Downloads } from './downloads.ts';
import { SharedWork } from './sharedWork.ts';
import {
  activated,
  allowed,
  planUpdate,
  ROLLED_BACK,
  refused,
  rolledBack,
  type StoredModel,
} from './storedModel.ts';
import { phaseOf, UnprovenError } from './unprovenError.ts';

export type OpenSession = (options: {
  model: DeviceModel;
  files: { load(sha256: string): Promise<ArrayBuffer> };
  signal: AbortSignal;
  /** Whether something large may be fetched by itself now. */
  mayFetch(): boolean;
}) => Promise<DeviceSession>;

/** What all models of a device share. */
export interface ModelHost {
  readonly api: DeviceApi;
  readonly kept: DeviceStore;
  readonly downloads: Downloads;
  readonly openSession: OpenSession;
  /** How long a session that nobody uses stays in memory. */
  readonly releaseMs: number;
  /** Aborted when the device is closed. */
  readonly ending: AbortSignal;
  /** Whether a person chose this device: conditions do not count for a first download. */
  isChosen(): boolean;
  /** As it was read last. */
  record(id: string): StoredModel | undefined;
  /** Reads all records anew. */
  reload(): Promise<void>;
  dispatch(event: DeviceEvent): void;
  /** A session took over, from another one or from none. */
  tookOver(id: string, session: DeviceSession): void;
  /** The session in use ended, and no other takes its place. */
  lost(id: string, why: DeviceError): void;
}

/** After these an update is tried again at the next look: the server is away, or serves another version by then. */
const PASSING: readonly DeviceErrorCode[] = ['unreachable', 'unauthorized', 'gone'];

/** A newer version that comes in beside the one in use. */
interface Update {
  readonly version: string;
  readonly ending: AbortController;
  /** A person asked for it: conditions do not count. */
  isAsked: boolean;
}

/** One model on this device: its session, and the newer version that may come in. */
export class ModelOnDevice {
  readonly id: string;
  readonly #host: ModelHost;
  /** Proven and in memory. */
  #session: RetirableSession | undefined;
  #opening: SharedWork<DeviceSession> | undefined;
  #update: Update | undefined;
  /** Somebody looks with it, or is about to. */
  #isUsed = false;
  /** How many wait for its session. */
  #waiting = 0;
  /** A person asked for it. */
  #isAsked = false;
  /** A person took it off this device in this page's life, and has not asked for it since. */
  #removed: DeviceError | undefined;
  /** The version that was found not to agree in this page's life. */
  #unproven: UnprovenError | undefined;
  /** The version of an update that failed in a way that trying again does not help. */
  #givenUp: string | undefined;
  /** What is told as the update is of a person who goes back, or of why that failed: no look at the server ends it. */
  #isRollingBack = false;
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  /** When its worker died, ms of the page's clock. */
  #lossesMs: readonly number[] = [];
  /** Ends when what was begun before has ended: one thing at a time changes what is kept and what is open. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(id: string, host: ModelHost) {
    this.id = id;
    this.#host = host;
  }

  async open(signal: AbortSignal): Promise<DeviceSession> {
    this.#isUsed = true;
    this.#waiting += 1;
    clearTimeout(this.#releaseTimer);
    try {
      return await this.#openShared(signal);
    } catch (error) {
      if (this.#waiting === 1 && this.#session === undefined) this.#isUsed = false;
      throw error;
    } finally {
      this.#waiting -= 1;
    }
  }

  release(): void {
    this.#isUsed = false;
    this.#freeLater();
  }

  /** A person asks for the model: that it was removed does not count any more. */
  allow(): void {
    this.#removed = undefined;
  }

  /** A person asks for the model, or for its newer version. Does not reject: the state tells what comes of it. */
  async download(): Promise<void> {
    this.allow();
    this.#isAsked = true;
    this.#unproven = undefined;
    this.#givenUp = undefined;
    this.#isRollingBack = false;
    if (this.#update) this.#update.isAsked = true;
    this.#host.downloads.changed();
    const isNewer = this.#host.record(this.id) !== undefined && (await this.#updateAsked());
    if (isNewer || this.#session || this.#host.ending.aborted) return;
    await this.#openShared(this.#host.ending).catch(() => {});
    this.#freeLater();
  }

  /** The server serves this version of the model. */
  learn(version: string): void {
    const record = this.#host.record(this.id);
    if (record === undefined || this.#host.ending.aborted) return;
    const underway = this.#update?.version;
    const plan = planUpdate(record, version);
    switch (plan.kind) {
      case 'none':
        if (!this.#isRollingBack) this.#endUpdate();
        return;
      case 'refused':
        if (underway !== version && !this.#isRollingBack) this.#tellUpdate(version, plan.refusal);
        return;
      case 'take':
        if (underway !== version && this.#givenUp !== version) void this.#bringIn(version, false);
        return;
      default:
        plan satisfies never;
    }
  }

  /** Does not reject: the state tells what came of it. */
  async rollBack(): Promise<void> {
    const { kept, ending } = this.#host;
    await this.#inTurn(async () => {
      const record = await kept.record(this.id);
      const previous = record?.previous;
      if (record === undefined || previous === undefined) return;
      const onPhase = (phase: DevicePhase) => this.#tellUpdate(previous.version, phase);
      const unhold = kept.hold(previous);
      this.#isRollingBack = true;
      try {
        await this.#takeOver(previous, (now) => rolledBack(now, previous), onPhase, ending);
        this.#endUpdate();
        this.#tellUpdate(record.current.version, ROLLED_BACK);
      } catch (error) {
        if (!ending.aborted) onPhase(phaseOf(error));
      } finally {
        unhold();
      }
    });
  }

  async remove(): Promise<void> {
    const why = new DeviceError('failed', `"${this.id}" was taken off this device.`);
    this.#removed = why;
    this.#endUpdate();
    this.#opening?.end(why);
    await this.#inTurn(async () => {
      await this.#host.kept.remove(this.id);
      const wasInUse = this.#isUsed && this.#session !== undefined;
      this.#session?.retire();
      this.#session = undefined;
      this.#isUsed = false;
      this.#isAsked = false;
      this.#unproven = undefined;
      clearTimeout(this.#releaseTimer);
      this.#host.dispatch({ type: 'removed', id: this.id });
      if (wasInUse) this.#host.lost(this.id, why);
    });
    await this.#host.reload();
  }

  /** Idempotent. */
  close(): void {
    clearTimeout(this.#releaseTimer);
    this.#update?.ending.abort();
    this.#opening?.end();
    this.#session?.close();
    this.#session = undefined;
  }

  #openShared(signal: AbortSignal): Promise<DeviceSession> {
    if (this.#session) return Promise.resolve(this.#session);
    if (this.#opening === undefined || this.#opening.isAbandoned) {
      const opening: SharedWork<DeviceSession> = new SharedWork((ending) =>
        this.#inTurn(() => this.#open(ending)).finally(() => {
          if (this.#opening === opening) this.#opening = undefined;
        }),
      );
      this.#opening = opening;
    }
    return this.#opening.wait(signal);
  }

  async #open(signal: AbortSignal): Promise<DeviceSession> {
    signal.throwIfAborted();
    if (this.#session) return this.#session;
    const { id } = this;
    const { kept, dispatch } = this.#host;
    // Another page of the same browser may have brought it back.
    if (this.#removed && (await kept.record(id)) === undefined) throw this.#removed;
    try {
      const known = await kept.record(id);
      const isHere = known !== undefined && (await kept.has(known.current));
      const { current } = isHere ? known : await this.#obtain(signal);
      if (this.#unproven?.certificate.version === current.version) throw this.#unproven;
      dispatch({ type: 'phase', id, phase: { kind: 'starting' } });
      const session = await this.#openProven(current, signal);
      // Done: should the session die while it is told, it is opened anew.
      this.#opening = undefined;
      return this.#adopt(session);
    } catch (error) {
      if (signal.aborted) {
        if (this.#host.record(id)) dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
        else dispatch({ type: 'removed', id });
        throw signal.reason;
      }
      const why = asDeviceError(error);
      if (why instanceof UnprovenError) {
        this.#unproven = why;
        dispatch({ type: 'proof', id, certificate: why.certificate, provider: why.provider });
      }
      dispatch({ type: 'phase', id, phase: phaseOf(why) });
      throw why;
    }
  }

  /**
   * Gets the model here for the first time.
   * @param notVersion whose files the server does not have any more
   */
  async #obtain(signal: AbortSignal, notVersion?: string): Promise<StoredModel> {
    const { id } = this;
    const { api, kept, downloads, dispatch } = this.#host;
    const model = await api.deviceModel(id, signal).catch((error: unknown) => {
      if (!(error instanceof DeviceError) || error.code !== 'unreachable') throw error;
      const why = `The model is not on this device yet, and the server is needed for it. ${error.message}`;
      throw new DeviceError('unreachable', why, { cause: error });
    });
    const { name } = model.manifest;
    const unhold = kept.hold(model);
    try {
      await downloads.run(kept, model, {
        isAsked: () => this.#isAsked || this.#host.isChosen(),
        onPhase: (phase) => dispatch({ type: 'phase', id, name, phase }),
        signal,
      });
      const record = { current: model, previous: undefined, refused: {}, sinceMs: Date.now() };
      await kept.write(record);
      return record;
    } catch (error) {
      const isGone = error instanceof DeviceError && error.code === 'gone';
      // The server may serve another version by now, such as when this one waited for the person's conditions.
      if (isGone && model.version !== notVersion) return await this.#obtain(signal, model.version);
      throw error;
    } finally {
      unhold();
      await this.#host.reload();
    }
  }

  /** @throws DeviceError; UnprovenError when the goldens do not agree here */
  async #openProven(model: DeviceModel, signal: AbortSignal): Promise<DeviceSession> {
    const { kept, openSession, downloads } = this.#host;
    const files = { load: (sha256: string) => kept.load(sha256) };
    const session = await openSession({ model, files, signal, mayFetch: () => downloads.mayBegin() });
    if (session.certificate.holds && !signal.aborted) return session;
    session.close();
    signal.throwIfAborted();
    throw new UnprovenError(session.certificate, session.provider);
  }

  /** A session takes over, from the one before if there is one. */
  #adopt(opened: DeviceSession): DeviceSession {
    const { id } = this;
    const { dispatch } = this.#host;
    const before = this.#session;
    const session: RetirableSession = retirable(opened, (why) => this.#onLost(session, why));
    this.#session = session;
    this.#unproven = undefined;
    const tellProof = () => {
      if (this.#session !== session) return;
      const { certificate, provider } = session;
      dispatch({ type: 'proof', id, certificate, provider });
    };
    session.onRenewed(tellProof);
    session.onLost((why) => this.#onLost(session, why));
    tellProof();
    dispatch({ type: 'phase', id, phase: { kind: 'ready' } });
    this.#host.tookOver(id, session);
    before?.retire();
    this.#freeLater();
    return session;
  }

  #onLost(session: RetirableSession, why: DeviceError): void {
    if (this.#session !== session) return;
    const { id } = this;
    const { dispatch, ending } = this.#host;
    this.#session = undefined;
    session.close();
    dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
    if (!this.#isUsed) return;
    const giveUp = (reason: DeviceError) => {
      this.#isUsed = false;
      dispatch({ type: 'phase', id, phase: phaseOf(reason) });
      this.#host.lost(id, reason);
    };
    const nowMs = performance.now();
    const mayTry = canReopen(this.#lossesMs, nowMs);
    this.#lossesMs = [...this.#lossesMs, nowMs];
    if (!mayTry) {
      giveUp(why);
      return;
    }
    this.#openShared(ending).catch((error: unknown) => {
      if (!ending.aborted) giveUp(asDeviceError(error));
    });
  }

  #freeLater(): void {
    clearTimeout(this.#releaseTimer);
    if (this.#isUsed || this.#host.ending.aborted) return;
    const free = async () => {
      if (this.#isUsed || this.#session === undefined) return;
      this.#session.retire();
      this.#session = undefined;
      this.#host.dispatch({ type: 'phase', id: this.id, phase: { kind: 'stored' } });
    };
    this.#releaseTimer = setTimeout(() => void this.#inTurn(free), this.#host.releaseMs);
  }

  /** Whether the server has another version; whatever comes of it was told then. */
  async #updateAsked(): Promise<boolean> {
    const { id } = this;
    const { api, kept, ending } = this.#host;
    let version: string;
    try {
      version = (await api.deviceModel(id, ending)).version;
    } catch (error) {
      const known = this.#host.record(id)?.current.version;
      if (!ending.aborted && known !== undefined) this.#tellUpdate(known, phaseOf(error));
      return false;
    }
    await this.#inTurn(async () => {
      const record = await kept.record(id);
      if (record?.refused[version] !== undefined) await kept.write(allowed(record, version));
    });
    await this.#host.reload();
    if (this.#host.record(id)?.current.version === version) {
      this.learn(version);
      return false;
    }
    if (this.#update?.version !== version) await this.#bringIn(version, true);
    return true;
  }

  /** Brings a newer version in beside the one that goes on. */
  async #bringIn(version: string, isAsked: boolean): Promise<void> {
    const { api, kept, downloads } = this.#host;
    this.#update?.ending.abort();
    const update: Update = { version, isAsked, ending: new AbortController() };
    this.#update = update;
    this.#isRollingBack = false;
    const { signal } = update.ending;
    const onPhase = (phase: DevicePhase) => {
      if (this.#update === update) this.#tellUpdate(version, phase);
    };
    let unhold = () => {};
    try {
      // Another page of this browser may have refused it, or gone back from it.
      const now = await kept.record(this.id);
      const plan = now && planUpdate(now, version);
      if (plan?.kind === 'refused' && !update.isAsked) {
        if (!signal.aborted) this.#tellUpdate(version, plan.refusal);
        return;
      }
      const model = await api.deviceModel(this.id, signal);
      // The server has moved on meanwhile; it is asked again.
      if (model.version !== version) return;
      unhold = kept.hold(model);
      await downloads.run(kept, model, { isAsked: () => update.isAsked, onPhase, signal });
      await this.#inTurn(async () => {
        signal.throwIfAborted();
        await this.#takeOver(model, (record) => activated(record, model), onPhase, signal);
      });
    } catch (error) {
      unhold();
      if (!signal.aborted) await this.#onUpdateFailed(version, asDeviceError(error), onPhase);
    } finally {
      unhold();
      if (this.#update === update) this.#update = undefined;
    }
  }

  /** What it was about is of no interest any more. */
  #endUpdate(): void {
    this.#update?.ending.abort();
    this.#update = undefined;
    this.#isRollingBack = false;
    this.#host.dispatch({ type: 'update', id: this.id, update: undefined });
  }

  async #onUpdateFailed(
    version: string,
    why: DeviceError,
    onPhase: (phase: DevicePhase) => void,
  ): Promise<void> {
    const { kept } = this.#host;
    onPhase(phaseOf(why));
    // The link may be better the next time; the rest would only cost again.
    if (!PASSING.includes(why.code)) this.#givenUp = version;
    const phase = phaseOf(why);
    if (phase.kind !== 'unproven' && !(phase.kind === 'failed' && phase.code === 'hash')) return;
    await this.#inTurn(async () => {
      const record = await kept.record(this.id);
      // Where there is no room for that, it is tried again at the next visit.
      if (record) await kept.write(refused(record, version, phase)).catch(() => {});
      await kept.sweep();
    });
    await this.#host.reload();
  }

  /** Proves a version, keeps the record in which it is the current one, and lets its session take over. In turn. */
  async #takeOver(
    model: DeviceModel,
    change: (record: StoredModel) => StoredModel,
    onPhase: (phase: DevicePhase) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { kept, dispatch } = this.#host;
    onPhase({ kind: 'starting' });
    const session = await this.#openProven(model, signal);
    let record: StoredModel;
    try {
      const now = await kept.record(this.id);
      if (now === undefined) throw new DeviceError('failed', `"${this.id}" was taken off this device.`);
      // Where another page of this browser was first, writing would lose the version before.
      const isWritten = now.current.version === model.version;
      record = isWritten ? now : change(now);
      if (!isWritten) await kept.write(record);
    } catch (error) {
      session.close();
      throw error;
    }
    dispatch({ type: 'kept', record });
    this.#adopt(session);
    await kept.sweep();
    await this.#host.reload();
  }

  #tellUpdate(version: string, phase: DevicePhase): void {
    this.#host.dispatch({ type: 'update', id: this.id, update: { version, phase } });
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(job);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
