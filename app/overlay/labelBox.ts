import type { RectPx } from '../../vision/geometry.ts';
import { labelColour } from './labelColour.ts';
import styles from './Overlay.module.css';
import type { ShownLabel } from './trackBoard.ts';

/** Changes of a place or a size that are smaller are not worth a write. */
const PLACE_STEP_PX = 0.05;
const SIZE_STEP_PX = 2;

/** The four corners around a thing. Writes only what changed. */
export class LabelBox {
  readonly element = document.createElement('div');
  #written = {
    x: Number.NaN,
    y: Number.NaN,
    width: Number.NaN,
    height: Number.NaN,
    text: '',
    score: '',
    isLocked: false,
  };

  constructor(id: number) {
    this.element.className = styles.box ?? '';
    this.element.dataset.testid = 'label-box';
    this.element.dataset.track = String(id);
    this.element.style.setProperty('--label', labelColour(id));
    for (const corner of ['topLeft', 'topRight', 'bottomLeft', 'bottomRight'] as const) {
      const mark = document.createElement('i');
      mark.className = `${styles.corner} ${styles[corner]}`;
      this.element.append(mark);
    }
  }

  /** @param score as its chip shows it */
  describe({ label, leaving }: ShownLabel, score: string): void {
    const { dataset } = this.element;
    const text = `${label.label}|${leaving}`;
    if (text !== this.#written.text) {
      this.#written.text = text;
      dataset.label = label.label;
      // Its outline is drawn by QuadLayer.
      this.element.toggleAttribute('data-quad', label.quad !== undefined);
      if (leaving) dataset.leaving = '';
      else delete dataset.leaving;
    }
    if (score === this.#written.score) return;
    this.#written.score = score;
    dataset.score = score;
  }

  mark(isLocked: boolean): void {
    if (isLocked === this.#written.isLocked) return;
    this.#written.isLocked = isLocked;
    this.element.toggleAttribute('data-locked', isLocked);
  }

  place(rect: RectPx): void {
    const written = this.#written;
    const { style } = this.element;
    // A new size costs a layout and a painting of this one box; a new position neither.
    if (moved(rect.width, written.width, SIZE_STEP_PX) || moved(rect.height, written.height, SIZE_STEP_PX)) {
      style.width = `${rect.width.toFixed(2)}px`;
      style.height = `${rect.height.toFixed(2)}px`;
      written.width = rect.width;
      written.height = rect.height;
    }
    // What the size is short of goes to both sides alike.
    const x = rect.x + (rect.width - written.width) / 2;
    const y = rect.y + (rect.height - written.height) / 2;
    if (moved(x, written.x, PLACE_STEP_PX) || moved(y, written.y, PLACE_STEP_PX)) {
      style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px)`;
      written.x = x;
      written.y = y;
    }
  }
}

/** Whether a value differs by a step or more from what was written; not a number: nothing was. */
export function moved(now: number, before: number, stepPx: number): boolean {
  return !(Math.abs(now - before) < stepPx);
}
