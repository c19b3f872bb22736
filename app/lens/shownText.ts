import type { Label } from '../../protocol/messages.ts';
import type { Quad } from '../../vision/quad.ts';
import type { Size } from '../../vision/steps.ts';
import { readingOrder } from '../../vision/text/readingOrder.ts';
import { isLineOfText, type ShownLabel } from '../overlay/trackBoard.ts';

/** The lines of text that are shown, in reading order, and told only when other lines are shown than before. */
export class ShownText {
  readonly #onLines: (lines: readonly string[]) => void;
  #before: readonly Label[] = [];

  constructor(onLines: (lines: readonly string[]) => void) {
    this.#onLines = onLines;
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
    this.#onLines(textsInOrder(lines, picture));
  }

  /** Nothing is shown any more. Idempotent. */
  clear(): void {
    this.see([], { width: 1, height: 1 });
  }
}

function textsInOrder(
  lines: readonly { readonly label: Label; readonly quad: Quad }[],
  picture: Size,
): string[] {
  return readingOrder(lines, picture)
    .flat()
    .map(({ label }) => label.text ?? '');
}

const hasSameTexts = (a: readonly Label[], b: readonly Label[]): boolean =>
  a.length === b.length && a.every(({ id, text }, index) => b[index]?.id === id && b[index]?.text === text);
