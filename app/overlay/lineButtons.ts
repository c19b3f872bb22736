import type { Label } from '../../protocol/messages.ts';
import type { RectPx } from '../../vision/geometry.ts';
import { boxOnScreen } from '../../vision/geometry.ts';
import { makeThing } from './labelKeys.ts';
import styles from './Overlay.module.css';
import { isLineOfText, type ShownLabel } from './trackBoard.ts';

interface LineButton {
  readonly element: HTMLButtonElement;
  label: Label;
  written: string;
}

/**
 * A button over each line of text, for the keyboard and screen readers. Taps go to the picture, which finds the line
 * within its own corners (`tapTarget`).
 */
export class LineButtons {
  readonly #root: HTMLElement;
  readonly #onActivate: (label: Label) => void;
  readonly #buttons = new Map<number, LineButton>();

  constructor(root: HTMLElement, onActivate: (label: Label) => void) {
    this.#root = root;
    this.#onActivate = onActivate;
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
      const written = `${place}|${leaving}|${label.text}`;
      if (written === button.written) continue;
      button.written = written;
      const { element } = button;
      element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      element.style.width = `${Math.round(width)}px`;
      element.style.height = `${Math.round(height)}px`;
      element.setAttribute('aria-label', label.text ?? label.label);
      element.toggleAttribute('data-leaving', leaving);
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

  #add(label: Label): LineButton {
    const element = document.createElement('button');
    const button: LineButton = { element, label, written: '' };
    makeThing(element, () => this.#onActivate(button.label));
    element.className = styles.line ?? '';
    element.dataset.testid = 'text-line';
    element.setAttribute('aria-haspopup', 'dialog');
    this.#buttons.set(label.id, button);
    this.#root.append(element);
    return button;
  }
}
