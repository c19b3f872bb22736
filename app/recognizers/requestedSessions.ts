import { Listeners } from '../../client/listeners.ts';
import { BUSY } from '../../client/stream/backoff.ts';
import { isSameSelection, type ModelSelection } from '../../client/stream/modelSelection.ts';
import { abortable } from '../../protocol/abortable.ts';
import type { DeviceSessions } from '../device/library/deviceSessions.ts';
import { asDeviceError, DeviceError, type DeviceSession } from '../device/runtime/deviceSession.ts';

type State =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'opening';
      /** Why a download waits, for a reader; undefined where none does. */
      readonly waitsFor?: string | undefined;
    }
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly why: DeviceError };

/** One attempt to open all selected models. */
interface Attempt {
  readonly ending: AbortController;
  /** Those that are open already, while the rest is being opened. */
  readonly opened: DeviceSession[];
}

/**
 * The sessions of the selected models. Those of the previous selection go on until those of the next are open. While the
 * server that they come from is away, they are asked for again and again, until they are dropped.
 */
export class RequestedSessions {
  readonly #device: DeviceSessions;
  readonly #onChange: () => void;
  readonly #onModelLost: (why: string) => void;
  readonly #disposers: readonly (() => void)[];
  #selection: ModelSelection = {};
  #state: State = { kind: 'none' };
  /** The pending one. */
  #attempt: Attempt | undefined;
  /** Ends when the last attempt has, and what it does not use is given back. */
  #done: Promise<void> | undefined;
  /** How often in a row the server was unreachable. */
  #failures = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #retryDelayMs: (failures: number) => number;
  #sessions: readonly DeviceSession[] = [];
  readonly #stateListeners = new Listeners<void>();

  /**
   * @param listeners.onChange called whenever `sessions` or `state` is another
   * @param listeners.onModelLost called when a selected model is not there; the default model takes its place
   * @param retryDelayMs delay after that many failures in a row; default: as for a server that is full
   */
  constructor(
    device: DeviceSessions,
    listeners: { onChange(): void; onModelLost(why: string): void },
    retryDelayMs = (failures: number) => BUSY.delayMs(failures - 1, Math.random()),
  ) {
    this.#device = device;
    this.#retryDelayMs = retryDelayMs;
    this.#onChange = listeners.onChange;
    this.#onModelLost = listeners.onModelLost;
    this.#disposers = [
      device.onReplaced((modelId, session) => this.#replace(modelId, session)),
      device.onLost((modelId, why) => this.#lose(modelId, why)),
      onOnline(() => this.#retry()),
    ];
  }

  get state(): State {
    return this.#state;
  }

  /** That of the primary model, then those of the secondary ones; empty while there are none. */
  get sessions(): readonly DeviceSession[] {
    return this.#sessions;
  }

  /** Opens the selected models, unless they are open or being opened. After a failure it tries again. */
  ask(selection: ModelSelection): void {
    const isSame = isSameSelection(selection, this.#selection);
    this.#selection = selection;
    this.#failures = 0;
    if (isSame && (this.#state.kind === 'opening' || this.#state.kind === 'open')) return;
    this.#open();
  }

  /** As `ask`, but does not retry what failed: a new selection may differ in its score alone. */
  change(selection: ModelSelection): void {
    if (this.#state.kind === 'failed' && isSameSelection(selection, this.#selection))
      this.#selection = selection;
    else this.ask(selection);
  }

  /**
   * The first session, once what was asked for is open.
   * @throws DeviceError, also where a download waits for a condition: that may never be met; the signal's reason when aborted
   */
  async whenOpen(signal: AbortSignal): Promise<DeviceSession> {
    signal.throwIfAborted();
    while (this.#state.kind === 'opening') {
      const { waitsFor } = this.#state;
      if (waitsFor !== undefined) {
        throw new DeviceError(
          'failed',
          `The model is not on this device yet, and its download waits for a condition (${waitsFor}).`,
        );
      }
      await this.#nextState(signal);
    }
    if (this.#state.kind === 'failed') throw this.#state.why;
    const [first] = this.#sessions;
    if (first) return first;
    throw new DeviceError('failed', 'No model runs on this device any more.');
  }

  /** Gives all sessions back. */
  drop(): void {
    if (this.#state.kind === 'none') return;
    this.#endAttempt();
    this.#use([]);
    this.#enter({ kind: 'none' });
  }

  /** Idempotent. */
  close(): void {
    this.drop();
    for (const dispose of this.#disposers) dispose();
  }

  /** @param isQuiet whether the last failure stays the state until this attempt is done */
  #open(isQuiet = false): void {
    const before = this.#done;
    this.#endAttempt();
    const attempt: Attempt = { ending: new AbortController(), opened: [] };
    const { opened } = attempt;
    const { signal } = attempt.ending;
    const onWaiting = (waitsFor: string | undefined) => {
      if (!signal.aborted) this.#enter({ kind: 'opening', waitsFor });
    };
    this.#attempt = attempt;
    this.#done = (async () => {
      // What was opened before is given back by now; else it would be taken from this one.
      await before;
      try {
        await this.#openAll(opened, signal, onWaiting);
        this.#attempt = undefined;
        this.#failures = 0;
        this.#use(opened);
        this.#enter({ kind: 'open' });
      } catch (error) {
        this.#giveBack(opened);
        if (!signal.aborted) this.#fail(asDeviceError(error));
      }
    })();
    if (!isQuiet) this.#enter({ kind: 'opening' });
  }

  async #openAll(
    opened: DeviceSession[],
    signal: AbortSignal,
    onWaiting: (why: string | undefined) => void,
  ): Promise<void> {
    const { model, secondary = [] } = this.#selection;
    signal.throwIfAborted();
    opened.push(await this.#device.open(model, signal, onWaiting));
    for (const id of secondary) {
      signal.throwIfAborted();
      try {
        opened.push(await this.#device.open(id, signal, onWaiting));
      } catch (error) {
        if (signal.aborted || asDeviceError(error).code === 'no_model') throw error;
        console.warn(`The model "${id}" cannot run as a secondary model on this device.`, error);
      }
    }
    signal.throwIfAborted();
  }

  #endAttempt(): void {
    clearTimeout(this.#retryTimer);
    this.#attempt?.ending.abort();
    this.#attempt = undefined;
  }

  /** Tries again what failed because the server was away. */
  #retry(): void {
    if (this.#state.kind === 'failed' && this.#state.why.code === 'unreachable') this.#open(true);
  }

  #fail(why: DeviceError): void {
    this.#attempt = undefined;
    const { model, secondary = [] } = this.#selection;
    if (why.code === 'no_model' && (model !== undefined || secondary.length > 0)) {
      this.#selection = {};
      this.#open();
      this.#onModelLost(why.message);
      return;
    }
    this.#use([]);
    if (why.code === 'unreachable') {
      this.#failures += 1;
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => this.#retry(), this.#retryDelayMs(this.#failures));
    }
    this.#enter({ kind: 'failed', why });
  }

  #replace(modelId: string, session: DeviceSession): void {
    const isBefore = ({ info }: DeviceSession) => info.id === modelId;
    const { opened = [] } = this.#attempt ?? {};
    const index = opened.findIndex(isBefore);
    if (index >= 0) opened[index] = session;
    const { model, secondary = [] } = this.#selection;
    // It works now: a person tried it again.
    const isSelected = model === undefined || model === modelId || secondary.includes(modelId);
    if (this.#state.kind === 'failed' && this.#attempt === undefined && isSelected) {
      this.#open(true);
      return;
    }
    if (!this.#sessions.some(isBefore)) return;
    this.#sessions = this.#sessions.map((before) => (isBefore(before) ? session : before));
    this.#onChange();
  }

  #lose(modelId: string, why: DeviceError): void {
    const isLost = ({ info }: DeviceSession) => info.id === modelId;
    const candidates = this.#attempt?.opened ?? this.#sessions;
    const index = candidates.findIndex(isLost);
    if (index === 0 || (index > 0 && why.code === 'no_model')) {
      this.#endAttempt();
      this.#fail(why);
      return;
    }
    if (this.#attempt && index > 0) this.#attempt.opened.splice(index, 1);
    if (!this.#sessions.some(isLost)) return;
    this.#sessions = this.#sessions.filter((session) => !isLost(session));
    this.#onChange();
  }

  /** Gives back what is not used any more. */
  #use(sessions: readonly DeviceSession[]): void {
    const before = this.#sessions;
    this.#sessions = sessions;
    this.#giveBack(before);
  }

  #giveBack(sessions: readonly DeviceSession[]): void {
    for (const { info } of sessions) {
      if (!this.#sessions.some((used) => used.info.id === info.id)) this.#device.release(info.id);
    }
  }

  #enter(state: State): void {
    this.#state = state;
    this.#stateListeners.emit();
    this.#onChange();
  }

  async #nextState(signal: AbortSignal): Promise<void> {
    let unlisten = () => {};
    const isOther = new Promise<void>((resolve) => {
      unlisten = this.#stateListeners.add(resolve);
    });
    try {
      await abortable(isOther, signal);
    } finally {
      unlisten();
    }
  }
}

/** Returns the disposer. */
function onOnline(listener: () => void): () => void {
  if (typeof window === 'undefined') return () => {};
  window.addEventListener('online', listener);
  return () => window.removeEventListener('online', listener);
}
