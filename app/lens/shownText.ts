import type { Label } from '../../protocol/messages.ts';
import type { Quad } from '../../vision/quad.ts';
import type { Size } from '../../vision/steps.ts';
import { readingOrder } from '../../vision/text/readingOrder.ts';
import type { LineSelection } from '../overlay/lineButtons.ts';
import { isLineOfText, type ShownLabel } from '../overlay/trackBoard.ts';

/** A line of text that is shown. */
export interface TextLine {
  readonly id: number;
  readonly text: string;
  readonly isSelected: boolean;
}

export interface ShownTextEvents {
  /** Other lines are shown, or selected, than before. */
  onLines(lines: readonly TextLine[]): void;
  /** Other lines are selected than before. */
  onSelected(): void;
}

/** The lines of text that are shown, in reading order, and which of them a person selected. */
export class ShownText implements LineSelection {
  readonly #events: ShownTextEvents;
  #before: readonly Label[] = [];
  #lines: readonly Omit<TextLine, 'isSelected'>[] = [];
  /** Some may be out of sight for the moment. */
  #selected: ReadonlySet<number> = new Set();
  /** Where the selection began. */
  #anchorId: number | undefined;

  constructor(events: ShownTextEvents) {
    this.#events = events;
  }

  /**
   * Called for every picture of a camera: the order is found only where a line is new, gone or read differently.
   * @param picture its size in any unit
   */
  see(shown: readonly ShownLabel[], picture: Size): void {
    const lines = shown.filter(isLineOfText).filter(({ leaving }) => !leaving);
    const labels = lines.map(({ label }) => label);
    if (hasSameTexts(labels, this.#before)) return;
    this.#before = labels;
    this.#lines = linesInOrder(lines, picture);
    this.#tell();
  }

  isSelected(id: number): boolean {
    return this.#selected.has(id);
  }

  /** Selects the lines from one to another in reading order, both included; nothing where one is not shown. */
  select(fromId: number, toId: number): void {
    const [from, to] = [this.#indexOf(fromId), this.#indexOf(toId)].sort((a, b) => a - b);
    if (from === undefined || to === undefined || from < 0) return;
    this.#anchorId = fromId;
    this.#select(this.#lines.slice(from, to + 1).map(({ id }) => id));
  }

  extend(id: number, step: 1 | -1): number {
    const anchorId = this.#anchorId;
    const isGoingOn = anchorId !== undefined && this.isSelected(id) && this.#indexOf(anchorId) >= 0;
    const next = this.#lines[this.#indexOf(id) + step]?.id ?? id;
    this.select(isGoingOn ? anchorId : id, next);
    return next;
  }

  /** Idempotent. */
  unselect(): void {
    this.#anchorId = undefined;
    this.#select([]);
  }

  /** Nothing is shown any more. Idempotent. */
  clear(): void {
    this.unselect();
    this.see([], { width: 1, height: 1 });
  }

  #indexOf(id: number): number {
    return this.#lines.findIndex((line) => line.id === id);
  }

  #select(ids: readonly number[]): void {
    const isSame = ids.length === this.#selected.size && ids.every((id) => this.#selected.has(id));
    if (isSame) return;
    this.#selected = new Set(ids);
    this.#tell();
    this.#events.onSelected();
  }

  #tell(): void {
    this.#events.onLines(this.#lines.map((line) => ({ ...line, isSelected: this.#selected.has(line.id) })));
  }
}

function linesInOrder(lines: readonly { readonly label: Label; readonly quad: Quad }[], picture: Size) {
  return readingOrder(lines, picture)
    .flat()
    .map(({ label: { id, text = '' } }) => ({ id, text }));
}

const hasSameTexts = (a: readonly Label[], b: readonly Label[]): boolean =>
  a.length === b.length && a.every(({ id, text }, index) => b[index]?.id === id && b[index]?.text === text);
