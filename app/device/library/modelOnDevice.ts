import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { inTurn } from '../../browser/inTurn.ts';
import { asDeviceError, DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import { type DrainableSession, drainable } from '../runtime/drainable.ts';
import { canReopen } from './canReopen.ts';
import { isLowOnMemory } from './deviceCapacity.ts';
import { type EarlyOpening, openEarly } from './earlyOpening.ts';
import type { ModelHost } from './modelHost.ts';
import { ModelUpdates } from './modelUpdates.ts';
import type { Request, Use } from './modelUse.ts';
import { type SessionState, unprovenOf, withoutProof } from './sessionState.ts';
import { SharedWork } from './sharedWork.ts';
import { phaseOf, UnprovenError } from './unprovenError.ts';

/** One model on this device: its session, and how its memory is used. `ModelUpdates` changes its version. */
export class ModelOnDevice {
  readonly id: string;
  readonly #host: ModelHost;
  readonly #updates: ModelUpdates;
  #state: SessionState = { kind: 'unloaded' };
  #use: Use = { kind: 'unused' };
  #request: Request = { kind: 'none' };
  /** How many wait for its session. */
  #waiting = 0;
  /** When its worker died, ms of the page's clock. */
  #lossesMs: readonly number[] = [];
  /** Ends when what was begun before has ended: one thing at a time changes what is kept and what is open. */
  readonly #inTurn = inTurn();

  constructor(id: string, host: ModelHost) {
    this.id = id;
    this.#host = host;
    this.#updates = new ModelUpdates(id, host, {
      inTurn: this.#inTurn,
      openProven: (model, signal) => this.#openProven(model, signal, false),
      adopt: (session) => this.#adopt(session),
    });
  }

  async open(signal: AbortSignal): Promise<DeviceSession> {
    this.#setUse({ kind: 'used' });
    this.#waiting += 1;
    try {
      return await this.#openShared(signal);
    } catch (error) {
      if (this.#waiting === 1 && this.#state.kind !== 'open') this.#setUse({ kind: 'unused' });
      throw error;
    } finally {
      this.#waiting -= 1;
    }
  }

  release(): void {
    this.#setUse({ kind: 'unused' });
    this.#freeLater();
  }

  /** A person asks for the model: that it was removed does not count any more. */
  allow(): void {
    if (this.#request.kind === 'removed') this.#request = { kind: 'none' };
  }

  /** A person asks for the model, or for its newer version. Does not reject: the outcome is in the state. */
  async download(): Promise<void> {
    this.#request = { kind: 'asked' };
    this.#state = withoutProof(this.#state);
    this.#updates.ask();
    this.#host.downloads.changed();
    const isNewer = this.#host.record(this.id) !== undefined && (await this.#updates.updateAsked());
    if (isNewer || this.#state.kind === 'open' || this.#host.ending.aborted) return;
    await this.#openShared(this.#host.ending).catch(() => {});
    this.#freeLater();
  }

  /** The server serves this version of the model. */
  learn(version: string): void {
    this.#updates.learn(version);
  }

  /** Does not reject: the outcome is in the state. */
  rollBack(): Promise<void> {
    return this.#updates.rollBack();
  }

  async remove(): Promise<void> {
    const why = new DeviceError('failed', `"${this.id}" was taken off this device.`);
    this.#request = { kind: 'removed', why };
    this.#updates.end();
    if (this.#state.kind === 'opening') this.#state.work.end(why);
    await this.#inTurn(async () => {
      await this.#host.kept.remove(this.id);
      const wasInUse = this.#use.kind === 'used' && this.#state.kind === 'open';
      if (this.#state.kind === 'open') this.#state.session.drain();
      this.#state = this.#state.kind === 'opening' ? withoutProof(this.#state) : { kind: 'unloaded' };
      this.#setUse({ kind: 'unused' });
      this.#host.dispatch({ type: 'removed', id: this.id });
      if (wasInUse) this.#host.lost(this.id, why);
    });
    await this.#host.reload();
  }

  /** Idempotent. */
  close(): void {
    if (this.#use.kind === 'releasing') this.#setUse({ kind: 'unused' });
    this.#updates.abort();
    const state = this.#state;
    switch (state.kind) {
      case 'unloaded':
      case 'unproven':
        return;
      case 'opening':
        state.work.end();
        return;
      case 'open':
        state.session.close();
        this.#state = { kind: 'unloaded' };
        return;
      default:
        state satisfies never;
    }
  }

  async #openShared(signal: AbortSignal): Promise<DeviceSession> {
    // First: what was begun for no one would go on to its end.
    signal.throwIfAborted();
    const state = this.#state;
    switch (state.kind) {
      case 'open':
        return state.session;
      case 'opening':
        return (state.work.isAbandoned ? this.#beginOpening(state.unproven) : state.work).wait(signal);
      case 'unproven':
        return this.#beginOpening(state.error).wait(signal);
      case 'unloaded':
        return this.#beginOpening(undefined).wait(signal);
      default:
        return state satisfies never;
    }
  }

  #beginOpening(unproven: UnprovenError | undefined): SharedWork<DeviceSession> {
    const work: SharedWork<DeviceSession> = new SharedWork((ending) =>
      this.#inTurn(() => this.#open(ending)).finally(() => {
        const state = this.#state;
        if (state.kind !== 'opening' || state.work !== work) return;
        this.#state = state.unproven ? { kind: 'unproven', error: state.unproven } : { kind: 'unloaded' };
      }),
    );
    this.#state = { kind: 'opening', work, unproven };
    return work;
  }

  async #open(signal: AbortSignal): Promise<DeviceSession> {
    signal.throwIfAborted();
    this.#host.ending.throwIfAborted();
    // A rollback or an update may have opened one by now.
    if (this.#state.kind === 'open') return this.#state.session;
    const { id } = this;
    const { kept, dispatch } = this.#host;
    // Another page of the same browser may have brought it back.
    if (this.#request.kind === 'removed' && (await kept.record(id)) === undefined) throw this.#request.why;
    try {
      const known = await kept.record(id);
      const isHere = known !== undefined && (await kept.has(known.current));
      const here = isHere ? { current: known.current, early: undefined } : await this.#obtain(signal);
      const { current, early } = here;
      const unproven = unprovenOf(this.#state);
      if (unproven?.certificate.version === current.version) {
        early?.end();
        throw unproven;
      }
      dispatch({ type: 'phase', id, phase: { kind: 'starting' } });
      const opening = early?.session ?? this.#openProven(current, signal, this.#host.isChosen());
      return this.#adopt(await opening);
    } catch (error) {
      if (signal.aborted) {
        if (this.#host.record(id)) dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
        else dispatch({ type: 'removed', id });
        throw signal.reason;
      }
      const why = asDeviceError(error);
      if (why instanceof UnprovenError) {
        if (this.#state.kind === 'opening') this.#state = { ...this.#state, unproven: why };
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
  async #obtain(
    signal: AbortSignal,
    notVersion?: string,
  ): Promise<{ current: DeviceModel; early: EarlyOpening | undefined }> {
    const { id } = this;
    const { api, kept, downloads, dispatch } = this.#host;
    const model = await api.deviceModel(id, signal).catch((error: unknown) => {
      if (!(error instanceof DeviceError) || error.code !== 'unreachable') throw error;
      const why = `The model is not on this device yet, and the server is needed for it. ${error.message}`;
      throw new DeviceError('unreachable', why, { cause: error });
    });
    const { name } = model.manifest;
    const unhold = kept.hold(model);
    let early: EarlyOpening | undefined;
    try {
      await downloads.run(kept, model, {
        isAsked: () => this.#request.kind === 'asked' || this.#host.isChosen(),
        onPhase: (phase) => {
          dispatch({ type: 'phase', id, name, phase });
          // A person waits, and nothing is waited for: the runtime comes next to the files.
          if (phase.kind === 'downloading' && this.#host.isChosen())
            early ??= openEarly((areHere, until) => this.#openProven(model, until, true, areHere), signal);
        },
        signal,
      });
      await kept.write({ current: model, previous: undefined, refused: {}, sinceMs: Date.now() });
      early?.filesAreHere();
      return { current: model, early };
    } catch (error) {
      early?.end();
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
  async #openProven(
    model: DeviceModel,
    signal: AbortSignal,
    isUrgent: boolean,
    filesAreHere: () => Promise<void> = async () => {},
  ): Promise<DeviceSession> {
    const { kept, openSession, downloads } = this.#host;
    const files = {
      async load(sha256: string) {
        await filesAreHere();
        return kept.load(sha256);
      },
    };
    const session = await openSession({
      model,
      files,
      signal,
      mayFetch: () => downloads.mayFetchExtra() && !isLowOnMemory(),
      isUrgent,
    });
    if (session.certificate.passes && !signal.aborted) return session;
    session.close();
    signal.throwIfAborted();
    throw new UnprovenError(session.certificate, session.provider);
  }

  /** A session takes over, from the one before if there is one. */
  #adopt(opened: DeviceSession): DeviceSession {
    const { id } = this;
    const { dispatch } = this.#host;
    const before = this.#state;
    const session: DrainableSession = drainable(opened, (why) => this.#onLost(session, why));
    this.#state = { kind: 'open', session };
    const showProof = () => {
      if (!this.#isCurrent(session)) return;
      const { certificate, provider } = session;
      dispatch({ type: 'proof', id, certificate, provider });
      if (!certificate.passes) this.#onDisproved(session);
    };
    session.onRenewed(showProof);
    session.onLost((why) => this.#onLost(session, why));
    showProof();
    dispatch({ type: 'phase', id, phase: { kind: 'ready' } });
    this.#host.tookOver(id, session);
    if (before.kind === 'open') before.session.drain();
    this.#freeLater();
    return session;
  }

  /** A golden that ran after the first frames does not agree: its labels go, and it is not opened again unasked. */
  #onDisproved(session: DrainableSession): void {
    const { id } = this;
    const error = new UnprovenError(session.certificate, session.provider);
    const wasInUse = this.#use.kind === 'used';
    this.#state = { kind: 'unproven', error };
    session.close();
    this.#setUse({ kind: 'unused' });
    this.#host.dispatch({ type: 'phase', id, phase: phaseOf(error) });
    if (wasInUse) this.#host.lost(id, error);
  }

  #onLost(session: DrainableSession, why: DeviceError): void {
    if (!this.#isCurrent(session)) return;
    const { id } = this;
    const { dispatch, ending } = this.#host;
    this.#state = { kind: 'unloaded' };
    session.close();
    dispatch({ type: 'phase', id, phase: { kind: 'stored' } });
    if (this.#use.kind !== 'used') return;
    const giveUp = (reason: DeviceError) => {
      this.#setUse({ kind: 'unused' });
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
    if (this.#use.kind === 'used' || this.#host.ending.aborted) return;
    const free = async () => {
      if (this.#use.kind === 'used' || this.#state.kind !== 'open') return;
      this.#state.session.drain();
      this.#state = { kind: 'unloaded' };
      this.#host.dispatch({ type: 'phase', id: this.id, phase: { kind: 'stored' } });
    };
    const timer = setTimeout(() => void this.#inTurn(free), this.#host.releaseMs);
    this.#setUse({ kind: 'releasing', timer });
  }

  #setUse(use: Use): void {
    if (this.#use.kind === 'releasing') clearTimeout(this.#use.timer);
    this.#use = use;
  }

  #isCurrent(session: DrainableSession): boolean {
    return this.#state.kind === 'open' && this.#state.session === session;
  }
}
