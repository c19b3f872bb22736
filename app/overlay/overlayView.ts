import { boxOnScreen, type RectPx } from '../../vision/geometry.ts';
import { chipRect } from './chipRect.ts';
import { labelColour } from './labelColour.ts';
import { NameStack } from './nameStack.ts';
import styles from './Overlay.module.css';
import type { ShownLabel } from './trackBoard.ts';

/** Where the picture lies on screen, and how much of the screen its labels may use. */
export interface OverlayFrame {
  /** The whole picture in CSS pixels of the overlay, cropped parts included. */
  content: RectPx;
  /** Size of the overlay in CSS pixels. */
  viewport: { width: number; height: number };
  /** Left and right are swapped, as in a mirror. */
  mirrored: boolean;
}

/**
 * Draws labels as DOM elements over the picture. It writes to an element only what changed, and reads no layout:
 * it is called once per display frame.
 */
export class OverlayView {
  readonly #root: HTMLElement;
  readonly #boxes = new Map<number, LabelBox>();
  readonly #names: NameStack;
  readonly #chipWidths: ResizeObserver;
  readonly #size: ResizeObserver;
  /** Where the room for chips begins. */
  #topPx = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#names = new NameStack(root);
    this.#chipWidths = new ResizeObserver((entries) => {
      for (const entry of entries) {
        const box = this.#boxes.get(Number((entry.target as HTMLElement).dataset.chip));
        if (box) box.chipWidthPx = entry.borderBoxSize[0]?.inlineSize ?? entry.contentRect.width;
      }
    });
    this.#size = new ResizeObserver(() => {
      this.#topPx = Number.parseFloat(getComputedStyle(root).paddingTop);
    });
    this.#size.observe(root);
  }

  draw(shown: readonly ShownLabel[], frame: OverlayFrame): void {
    const gone = new Set(this.#boxes.keys());
    const chips: RectPx[] = [];
    const screen = { ...frame.viewport, topPx: this.#topPx };
    this.#names.show(shown.filter(({ box }) => box === undefined));
    for (const item of shown) {
      if (item.box === undefined) continue;
      gone.delete(item.label.id);
      const box = this.#boxes.get(item.label.id) ?? this.#add(item.label.id);
      box.describe(item);
      const rect = boxOnScreen(item.box, frame.content, frame.mirrored);
      box.place(rect);
      box.placeChip(rect, chipRect(rect, box.chipWidthPx, screen, chips), chips);
    }
    for (const id of gone) this.#remove(id);
  }

  close(): void {
    for (const id of [...this.#boxes.keys()]) this.#remove(id);
    this.#names.close();
    this.#chipWidths.disconnect();
    this.#size.disconnect();
  }

  #add(id: number): LabelBox {
    const box = new LabelBox(id);
    this.#boxes.set(id, box);
    this.#chipWidths.observe(box.chip);
    this.#root.append(box.element);
    return box;
  }

  #remove(id: number): void {
    const box = this.#boxes.get(id);
    if (!box) return;
    this.#boxes.delete(id);
    this.#chipWidths.unobserve(box.chip);
    box.element.remove();
  }
}

class LabelBox {
  readonly element = document.createElement('div');
  readonly chip = document.createElement('div');
  readonly #name = document.createElement('b');
  readonly #number = document.createElement('span');
  readonly #score = document.createElement('span');
  /** Measured by the view's ResizeObserver; a guess until then. */
  chipWidthPx = 96;
  #written = { x: Number.NaN, y: Number.NaN, width: Number.NaN, height: Number.NaN, chip: '', text: '' };

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
    this.chip.className = styles.chip ?? '';
    this.chip.dataset.chip = String(id);
    this.#number.className = styles.number ?? '';
    this.#score.className = styles.score ?? '';
    this.#number.textContent = String(id);
    this.chip.append(this.#name, this.#number, this.#score);
    this.element.append(this.chip);
  }

  describe({ label, leaving }: ShownLabel): void {
    const { dataset } = this.element;
    const text = `${label.text ?? label.label}|${label.score.toFixed(2)}|${leaving}`;
    if (text === this.#written.text) return;
    this.#written.text = text;
    dataset.label = label.label;
    dataset.score = label.score.toFixed(2);
    this.#name.textContent = label.text ?? label.label;
    this.#score.textContent = `${Math.round(label.score * 100)}%`;
    if (leaving) dataset.leaving = '';
    else delete dataset.leaving;
  }

  place(rect: RectPx): void {
    const written = this.#written;
    const { style } = this.element;
    if (moved(rect.x, written.x) || moved(rect.y, written.y)) {
      style.transform = `translate(${rect.x.toFixed(2)}px, ${rect.y.toFixed(2)}px)`;
      written.x = rect.x;
      written.y = rect.y;
    }
    // Size costs a layout of this one box (it is contained); position alone would not.
    if (moved(rect.width, written.width)) {
      style.width = `${rect.width.toFixed(2)}px`;
      written.width = rect.width;
    }
    if (moved(rect.height, written.height)) {
      style.height = `${rect.height.toFixed(2)}px`;
      written.height = rect.height;
    }
  }

  /** @param taken gets the chip's place, for the chips that follow */
  placeChip(box: RectPx, chip: RectPx | undefined, taken: RectPx[]): void {
    if (chip === undefined) {
      this.element.dataset.outside = '';
      return;
    }
    delete this.element.dataset.outside;
    taken.push(chip);
    const transform = `translate(${(chip.x - box.x).toFixed(1)}px, ${(chip.y - box.y).toFixed(1)}px)`;
    if (transform === this.#written.chip) return;
    this.chip.style.transform = transform;
    this.#written.chip = transform;
  }
}

/** Less than a twentieth of a pixel is not worth a write. */
function moved(now: number, before: number): boolean {
  return !(Math.abs(now - before) < 0.05);
}
