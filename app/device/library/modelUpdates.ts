import type { DeviceModel } from '../../../vision/deviceModel.ts';
import {
  asDeviceError,
  DeviceError,
  type DeviceErrorCode,
  type DeviceSession,
} from '../runtime/deviceSession.ts';
import type { DevicePhase } from './deviceState.ts';
import type { ModelHost } from './modelHost.ts';
import {
  activated,
  allowed,
  planUpdate,
  ROLLED_BACK,
  refused,
  rolledBack,
  type StoredModel,
} from './storedModel.ts';
import { phaseOf } from './unprovenError.ts';

/** After these an update is tried again at the next check: the server is away, or serves another version by then. */
const PASSING: readonly DeviceErrorCode[] = ['unreachable', 'unauthorized', 'gone'];

/** A newer version that is downloaded and proven while the current one stays in use. */
interface Incoming {
  readonly version: string;
  readonly ending: AbortController;
  /** A person asked for it: conditions do not count. */
  isAsked: boolean;
}

type UpdateState =
  | { readonly kind: 'none' }
  | { readonly kind: 'incoming'; readonly incoming: Incoming }
  /**
   * The person rolls back, or that failed: what the page says of it stays when the server is checked. An update that was
   * incoming goes on until the rollback succeeds.
   */
  | { readonly kind: 'rollback'; readonly incoming: Incoming | undefined };

/** What an update needs of the model's session. */
export interface SessionSlot {
  /** Runs a job after those before it: one at a time changes what is stored and what is open. */
  inTurn<T>(job: () => Promise<T>): Promise<T>;
  /** @throws DeviceError; UnprovenError when the goldens do not agree here */
  openProven(model: DeviceModel, signal: AbortSignal): Promise<DeviceSession>;
  /** The session takes over from the current one. */
  adopt(session: DeviceSession): void;
}

/** The changes of a stored model's version: the newer one that comes in, and the previous one that comes back. */
export class ModelUpdates {
  readonly #id: string;
  readonly #host: ModelHost;
  readonly #slot: SessionSlot;
  #state: UpdateState = { kind: 'none' };
  /** The version of an update that failed in a way that trying again does not help. */
  #givenUp: string | undefined;

  constructor(id: string, host: ModelHost, slot: SessionSlot) {
    this.#id = id;
    this.#host = host;
    this.#slot = slot;
  }

  /** A person asks for the model: what failed before may be tried again. */
  ask(): void {
    this.#givenUp = undefined;
    const incoming = this.#incoming;
    if (incoming) incoming.isAsked = true;
    this.#state = stateOf(incoming);
  }

  /** The server serves this version of the model. */
  learn(version: string): void {
    const record = this.#host.record(this.#id);
    if (record === undefined || this.#host.ending.aborted) return;
    const plan = planUpdate(record, version);
    switch (plan.kind) {
      case 'none':
        if (this.#state.kind !== 'rollback') this.end();
        return;
      case 'refused':
        if (this.#incoming?.version !== version && this.#state.kind !== 'rollback') {
          this.#showPhase(version, plan.refusal);
        }
        return;
      case 'take':
        if (this.#incoming?.version !== version && this.#givenUp !== version)
          void this.#bringIn(version, false);
        return;
      default:
        plan satisfies never;
    }
  }

  /** Does not reject: the outcome is in the state. */
  async rollBack(): Promise<void> {
    const { kept, ending } = this.#host;
    await this.#slot.inTurn(async () => {
      const record = await kept.record(this.#id);
      const previous = record?.previous;
      if (record === undefined || previous === undefined) return;
      const onPhase = (phase: DevicePhase) => this.#showPhase(previous.version, phase);
      const unhold = kept.hold(previous);
      this.#state = { kind: 'rollback', incoming: this.#incoming };
      try {
        await this.#takeOver(previous, (now) => rolledBack(now, previous), onPhase, ending);
        this.end();
        this.#showPhase(record.current.version, ROLLED_BACK);
      } catch (error) {
        if (!ending.aborted) onPhase(phaseOf(error));
      } finally {
        unhold();
      }
    });
  }

  /** Whether the server has another version; what comes of it is in the state by then. */
  async updateAsked(): Promise<boolean> {
    const id = this.#id;
    const { api, kept, ending } = this.#host;
    let version: string;
    try {
      version = (await api.deviceModel(id, ending)).version;
    } catch (error) {
      const known = this.#host.record(id)?.current.version;
      if (!ending.aborted && known !== undefined) this.#showPhase(known, phaseOf(error));
      return false;
    }
    await this.#slot.inTurn(async () => {
      const record = await kept.record(id);
      if (record?.refused[version] !== undefined) await kept.write(allowed(record, version));
    });
    await this.#host.reload();
    if (this.#host.record(id)?.current.version === version) {
      this.learn(version);
      return false;
    }
    if (this.#incoming?.version !== version) await this.#bringIn(version, true);
    return true;
  }

  /** Downloads and proves a newer version while the current one stays in use. */
  async #bringIn(version: string, isAsked: boolean): Promise<void> {
    const { api, kept, downloads } = this.#host;
    this.abort();
    const update: Incoming = { version, isAsked, ending: new AbortController() };
    this.#state = { kind: 'incoming', incoming: update };
    const { signal } = update.ending;
    const onPhase = (phase: DevicePhase) => {
      if (this.#incoming === update) this.#showPhase(version, phase);
    };
    let unhold = () => {};
    try {
      // Another page of this browser may have refused it, or gone back from it.
      const now = await kept.record(this.#id);
      const plan = now && planUpdate(now, version);
      if (plan?.kind === 'refused' && !update.isAsked) {
        if (!signal.aborted) this.#showPhase(version, plan.refusal);
        return;
      }
      const model = await api.deviceModel(this.#id, signal);
      // The server serves another version by now; it is asked again.
      if (model.version !== version) return;
      unhold = kept.hold(model);
      await downloads.run(kept, model, { isAsked: () => update.isAsked, onPhase, signal });
      await this.#slot.inTurn(async () => {
        signal.throwIfAborted();
        await this.#takeOver(model, (record) => activated(record, model), onPhase, signal);
      });
    } catch (error) {
      unhold();
      if (!signal.aborted) await this.#onUpdateFailed(version, asDeviceError(error), onPhase);
    } finally {
      unhold();
      if (this.#incoming === update) this.#state = withoutIncoming(this.#state);
    }
  }

  /** Ends the update, and what the page says of it. */
  end(): void {
    this.abort();
    this.#state = { kind: 'none' };
    this.#host.dispatch({ type: 'update', id: this.#id, update: undefined });
  }

  /** Ends the update silently. Idempotent. */
  abort(): void {
    this.#incoming?.ending.abort();
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
    await this.#slot.inTurn(async () => {
      const record = await kept.record(this.#id);
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
    const session = await this.#slot.openProven(model, signal);
    let record: StoredModel;
    try {
      const now = await kept.record(this.#id);
      if (now === undefined) throw new DeviceError('failed', `"${this.#id}" was taken off this device.`);
      // Where another page of this browser was first, writing would lose the version before.
      const isWritten = now.current.version === model.version;
      record = isWritten ? now : change(now);
      if (!isWritten) await kept.write(record);
    } catch (error) {
      session.close();
      throw error;
    }
    dispatch({ type: 'kept', record });
    this.#slot.adopt(session);
    await kept.sweep();
    await this.#host.reload();
  }

  #showPhase(version: string, phase: DevicePhase): void {
    this.#host.dispatch({ type: 'update', id: this.#id, update: { version, phase } });
  }

  get #incoming(): Incoming | undefined {
    const state = this.#state;
    switch (state.kind) {
      case 'none':
        return undefined;
      case 'incoming':
      case 'rollback':
        return state.incoming;
      default:
        return state satisfies never;
    }
  }
}

const stateOf = (incoming: Incoming | undefined): UpdateState =>
  incoming ? { kind: 'incoming', incoming } : { kind: 'none' };

const withoutIncoming = (state: UpdateState): UpdateState =>
  state.kind === 'rollback' ? { kind: 'rollback', incoming: undefined } : { kind: 'none' };
