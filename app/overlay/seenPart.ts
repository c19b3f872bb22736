import type { ModelInfo } from '../../protocol/messages.ts';
import { boxOnScreen } from '../../vision/geometry.ts';
import { fitPicture } from '../../vision/steps.ts';
import styles from './Overlay.module.css';
import type { ContentLayout } from './watchContentRect.ts';

/** Dims what a model does not see of the picture; draws nothing while it sees all of it. */
export class SeenPart {
  readonly #element = document.createElement('div');
  readonly #root: HTMLElement;
  #layout: ContentLayout | undefined;
  #input: ModelInfo['input'] | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#element.className = styles.seenPart ?? '';
    this.#element.dataset.testid = 'seen-part';
  }

  /** Where the picture is on the screen. */
  setLayout(layout: ContentLayout): void {
    this.#layout = layout;
    this.#draw();
  }

  /** The input of the model in use; undefined: none is. */
  setInput(input: ModelInfo['input'] | undefined): void {
    if (input === this.#input) return;
    this.#input = input;
    this.#draw();
  }

  close(): void {
    this.#element.remove();
  }

  #draw(): void {
    const part = this.#layout && this.#input && fitPicture(this.#layout.size, this.#input).part;
    if (this.#layout === undefined || part === undefined || (part[2] === 1 && part[3] === 1)) {
      this.#element.remove();
      return;
    }
    // It is in the middle: the same in a mirror.
    const { x, y, width, height } = boxOnScreen(part, this.#layout.content, false);
    const { style } = this.#element;
    style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    style.width = `${width.toFixed(1)}px`;
    style.height = `${height.toFixed(1)}px`;
    if (!this.#element.isConnected) this.#root.prepend(this.#element);
  }
}
