import type { ClientMessage, ServerMessageOf } from '../../protocol/messages.ts';
import { type ModelSelection, toWire } from './modelSelection.ts';

/** A slider that is dragged changes the selection with every pixel; the server gets no more than ten changes a second. */
const CONFIGURE_INTERVAL_MS = 100;

export interface SelectionSyncOptions {
  /** Sends a message; called only between `opened` and `closed`. */
  send(message: ClientMessage): void;
  /** The server does not have the selected models: the selection was dropped. `message` is for a reader. */
  onModelLost(message: string): void;
}

/** Keeps the server's selection of models equal to the client's, over one connection after another. */
export class SelectionSync {
  readonly #options: SelectionSyncOptions;
  #selection: ModelSelection = {};
  /** What the server was sent last on this connection. */
  #lastSent: ModelSelection = {};
  #isOpen = false;
  /** A change of models was sent and has not been answered yet. */
  #awaitsModel = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SelectionSyncOptions) {
    this.#options = options;
  }

  /** Replaces the selection; the last one of a burst is always sent. */
  select(selection: ModelSelection): void {
    this.#selection = selection;
    if (this.#timer === undefined) this.#sendChanges();
  }

  /** The fields of the `hello` that is sent now. */
  hello(): ReturnType<typeof toWire> {
    this.#lastSent = this.#selection;
    this.#awaitsModel = false;
    return toWire(this.#selection);
  }

  /** The server said `welcome`: sends what was selected since `hello`. */
  opened(): void {
    this.#isOpen = true;
    this.#sendChanges();
  }

  closed(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Takes a `model` message. @param apply makes it the connection's state */
  takeModel({ model, also }: ServerMessageOf<'model'>, apply: () => void): void {
    const { model: selected } = this.#selection;
    if (!this.#awaitsModel && this.#lastSent === this.#selection) {
      // A secondary model that is gone is not asked for again.
      const secondary = this.#selection.secondary?.filter((id) => also.some((other) => other.id === id));
      this.#selection = { ...this.#selection, secondary };
      this.#lastSent = this.#selection;
    }
    const isSelected = selected === undefined || model.id === selected;
    if (isSelected) this.#awaitsModel = false;
    apply();
    // The server chose another model without being asked: the selected one was removed.
    if (!isSelected && !this.#awaitsModel) this.drop('The model that you chose was removed from the server.');
  }

  /** Whether an `error` message means only that the selected models are not there. Call `drop` then. */
  isRefusedBy({ code, fatal }: ServerMessageOf<'error'>): boolean {
    const { model, secondary = [] } = this.#selection;
    const isSelection = model !== undefined || secondary.length > 0;
    return isSelection && (code === 'unknown_model' || (this.#awaitsModel && !fatal));
  }

  /** Selects nothing, and notifies. @param message why, for a reader */
  drop(message: string): void {
    this.#selection = {};
    this.#lastSent = {};
    this.#awaitsModel = false;
    this.#options.onModelLost(message);
  }

  #sendChanges(): void {
    this.#timer = undefined;
    const { model, secondary = [], minScore } = this.#selection;
    const isOtherModel = model !== undefined && model !== this.#lastSent.model;
    const areOtherSecondary = secondary.join() !== (this.#lastSent.secondary ?? []).join();
    const isNewScore = minScore !== undefined && minScore !== this.#lastSent.minScore;
    if (!this.#isOpen || !(isOtherModel || areOtherSecondary || isNewScore)) return;
    this.#options.send({
      type: 'configure',
      minScore,
      ...(isOtherModel ? { model } : {}),
      ...(areOtherSecondary ? { also: [...secondary] } : {}),
    });
    if (isOtherModel || areOtherSecondary) this.#awaitsModel = true;
    this.#lastSent = this.#selection;
    this.#timer = setTimeout(() => this.#sendChanges(), CONFIGURE_INTERVAL_MS);
  }
}
