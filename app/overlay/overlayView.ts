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

/** A score trembles with every result; nobody reads it faster than this. */
const SCORE_MS = 500;
/** Changes of a place or a size that are smaller are not worth a write. */
const PLACE_STEP_PX = 0.05;
const SIZE_STEP_PX = 2;
const CHIP_STEP_PX = 1;
/** A chip that jumps this far beside its box makes way for another, or changes sides. */
const HOP_PX = 6;
const UNWRITTEN = {
  x: Number.NaN,
  y: Number.NaN,
  width: Number.NaN,
  height: Number.NaN,
  chipX: Number.NaN,
  chipY: Number.NaN,
  text: '',
  score: '',
};

/**
 * Draws labels as DOM elements over the picture. It writes to an element only what changed, and reads no layout:
 * it is called for every picture of a camera.
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
      box.placeChip(chipRect(rect, box.chipWidthPx, screen, chips), chips);
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
  #written = { ...UNWRITTEN };
  #scoreAtMs = Number.NEGATIVE_INFINITY;

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
    this.chip.addEventListener('transitionend', () => delete this.chip.dataset.hops);
    this.#number.className = styles.number ?? '';
    this.#score.className = styles.score ?? '';
    this.#number.textContent = String(id);
    this.chip.append(this.#name, this.#number, this.#score);
    this.element.append(this.chip);
  }

  describe({ label, leaving }: ShownLabel): void {
    const { dataset } = this.element;
    const name = label.text ?? label.label;
    const text = `${label.label}|${name}|${leaving}`;
    if (text !== this.#written.text) {
      this.#written.text = text;
      dataset.label = label.label;
      this.#name.textContent = name;
      if (leaving) dataset.leaving = '';
      else delete dataset.leaving;
    }
    const score = `${Math.round(label.score * 100)}%`;
    const nowMs = performance.now();
    if (score === this.#written.score || nowMs - this.#scoreAtMs < SCORE_MS) return;
    this.#written.score = score;
    this.#scoreAtMs = nowMs;
    this.#score.textContent = score;
    dataset.score = label.score.toFixed(2);
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

  /** @param taken gets the chip's place, for the chips that follow */
  placeChip(chip: RectPx | undefined, taken: RectPx[]): void {
    if (chip === undefined) {
      this.element.dataset.outside = '';
      return;
    }
    delete this.element.dataset.outside;
    taken.push(chip);
    const written = this.#written;
    const x = chip.x - written.x;
    const y = chip.y - written.y;
    if (!moved(x, written.chipX, CHIP_STEP_PX) && !moved(y, written.chipY, CHIP_STEP_PX)) return;
    if (moved(x, written.chipX, HOP_PX) || moved(y, written.chipY, HOP_PX)) this.chip.dataset.hops = '';
    this.chip.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    written.chipX = x;
    written.chipY = y;
  }
}

function moved(now: number, before: number, stepPx: number): boolean {
  return !(Math.abs(now - before) < stepPx);
}
