import type { Label } from '../../protocol/messages.ts';
import type { RectPx } from '../../vision/geometry.ts';
import { boxOnScreen } from '../../vision/geometry.ts';
import { words } from '../ui/words/words.ts';
import { makeThing, STEPS } from './labelKeys.ts';
import styles from './Overlay.module.css';
import { isLineOfText, type ShownLabel } from './trackBoard.ts';

interface LineButton {
  readonly element: HTMLButtonElement;
  label: Label;
  written: string;
}

const KEYS = ['ArrowDown', 'ArrowUp'].map((key) => `Shift+${key}`).join(' ');

/** Which lines of text a person selected. */
export interface LineSelection {
  isSelected(id: number): boolean;
  /**
   * Takes the selection from a line to the next one in reading order, or to the one before.
   * @returns the id of the line where it ends now
   */
  extend(id: number, step: 1 | -1): number;
}

export interface LineButtonsOptions {
  onActivate(label: Label): void;
  selection: LineSelection | undefined;
}

/**
 * A button over each line of text, for the keyboard and screen readers. Taps go to the picture, which finds the line
 * within its own corners (`tapTarget`). Shift with the arrows selects from line to line.
 */
export class LineButtons {
  readonly #root: HTMLElement;
  readonly #options: LineButtonsOptions;
  readonly #buttons = new Map<number, LineButton>();

  constructor(root: HTMLElement, options: LineButtonsOptions) {
    this.#root = root;
    this.#options = options;
  }

  /**
   * @param content where the whole picture lies, CSS pixels
   * @returns whether a button that had the focus is gone
   */
  show(shown: readonly ShownLabel[], content: RectPx, mirrored: boolean): boolean {
    const gone = new Set(this.#buttons.keys());
    for (const item of shown) {
      if (!isLineOfText(item) || item.box === undefined) continue;
      const { label, leaving } = item;
      gone.delete(label.id);
      const button = this.#buttons.get(label.id) ?? this.#add(label);
      button.label = label;
      const { x, y, width, height } = boxOnScreen(item.box, content, mirrored);
      const place = [x, y, width, height].map(Math.round).join();
      const isSelected = this.#options.selection?.isSelected(label.id) === true;
      const written = `${place}|${leaving}|${isSelected}|${label.text}`;
      if (written === button.written) continue;
      button.written = written;
      const { element } = button;
      element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      element.style.width = `${Math.round(width)}px`;
      element.style.height = `${Math.round(height)}px`;
      element.setAttribute('aria-label', label.text ?? label.label);
      element.toggleAttribute('data-leaving', leaving);
      if (isSelected) element.setAttribute('aria-description', words().text.isSelected);
      else element.removeAttribute('aria-description');
    }
    let hadFocus = false;
    for (const id of gone) {
      const element = this.#buttons.get(id)?.element;
      hadFocus ||= element !== undefined && element === document.activeElement;
      element?.remove();
      this.#buttons.delete(id);
    }
    return hadFocus;
  }

  close(): void {
    for (const { element } of this.#buttons.values()) element.remove();
    this.#buttons.clear();
  }

  #onKey(event: KeyboardEvent, { id }: Label): void {
    const step = STEPS[event.key];
    const { selection } = this.#options;
    if (step === undefined || selection === undefined || !event.shiftKey) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    this.#buttons.get(selection.extend(id, step))?.element.focus({ preventScroll: true });
    // Without Shift they go from thing to thing, and on the page they set the confidence.
    event.preventDefault();
    event.stopPropagation();
  }

  #add(label: Label): LineButton {
    const element = document.createElement('button');
    const button: LineButton = { element, label, written: '' };
    makeThing(element, () => this.#options.onActivate(button.label));
    element.addEventListener('keydown', (event) => this.#onKey(event, button.label));
    element.className = styles.line ?? '';
    element.dataset.testid = 'text-line';
    element.setAttribute('aria-haspopup', 'dialog');
    if (this.#options.selection) element.setAttribute('aria-keyshortcuts', KEYS);
    this.#buttons.set(label.id, button);
    this.#root.append(element);
    return button;
  }
}
