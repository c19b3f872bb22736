import type { RectPx } from '../../vision/geometry.ts';
import { UNKNOWN } from '../../vision/things/unknown.ts';
import { colourOf } from './labelColour.ts';
import { makeMover } from './mover.ts';
import styles from './Overlay.module.css';
import type { ShownLabel } from './trackBoard.ts';

/** Changes of a place or a size that are smaller are not worth a write. */
const PLACE_STEP_PX = 0.05;
const SIZE_STEP_PX = 2;

/** In 0..1 of a side of the box: the most that a corner takes of it. */
const REACH = 0.42;
/** No corner is longer than this many heights of a chip: both grow with the picture. */
const CORNER_CHIPS = 1.05;
const CORNERS = ['topLeft', 'topRight', 'bottomLeft', 'bottomRight'] as const;

/** The four corners around a thing. Writes only what changed. */
export class LabelBox {
  /** What is put into the page, and moved. */
  readonly mover = makeMover();
  readonly element = document.createElement('div');
  /** They move the corners to the box's sides: a box of another size costs no layout, and paints nothing. */
  readonly #right = makeMover();
  readonly #bottom = makeMover();
  readonly #bottomRight = makeMover();
  #lock: HTMLElement | undefined;
  #written = {
    x: Number.NaN,
    y: Number.NaN,
    width: Number.NaN,
    height: Number.NaN,
    reach: '',
    text: '',
    score: '',
  };

  constructor(id: number) {
    this.element.className = styles.box ?? '';
    this.element.dataset.testid = 'label-box';
    this.element.dataset.track = String(id);
    const [topLeft, ...others] = CORNERS.map((corner) => {
      const mark = document.createElement('i');
      mark.className = `${styles.corner} ${styles[corner]}`;
      return mark;
    });
    if (topLeft) this.element.append(topLeft);
    for (const [index, mover] of [this.#right, this.#bottom, this.#bottomRight].entries()) {
      const mark = others[index];
      if (mark) mover.append(mark);
      this.element.append(mover);
    }
    this.mover.append(this.element);
  }

  /** @param score as its chip shows it */
  describe({ label, leaving }: ShownLabel, score: string): void {
    const { dataset } = this.element;
    const text = `${label.label}|${leaving}|${label.outline === undefined}`;
    if (text !== this.#written.text) {
      this.#written.text = text;
      dataset.label = label.label;
      this.element.style.setProperty('--label', colourOf(label));
      this.element.toggleAttribute('data-unknown', label.label === UNKNOWN);
      // Its outline is drawn by QuadLayer, or by OutlineLayer.
      const isOutlined = label.quad !== undefined || label.outline !== undefined;
      this.element.toggleAttribute('data-quad', isOutlined);
      if (leaving) dataset.leaving = '';
      else delete dataset.leaving;
    }
    if (score === this.#written.score) return;
    this.#written.score = score;
    dataset.score = score;
  }

  mark(isLocked: boolean): void {
    if (isLocked === (this.#lock !== undefined)) return;
    this.element.toggleAttribute('data-locked', isLocked);
    this.#lock?.remove();
    this.#lock = undefined;
    if (!isLocked) return;
    this.#lock = document.createElement('i');
    this.#lock.className = styles.lock ?? '';
    this.#sizeLock();
    this.element.append(this.#lock);
  }

  /** @param chipHeight of a name, CSS pixels; undefined: not known yet */
  place(rect: RectPx, chipHeight: number | undefined): void {
    const written = this.#written;
    if (moved(rect.width, written.width, SIZE_STEP_PX) || moved(rect.height, written.height, SIZE_STEP_PX)) {
      const [width, height] = [rect.width.toFixed(2), rect.height.toFixed(2)];
      this.#right.style.transform = `translateX(${width}px)`;
      this.#bottom.style.transform = `translateY(${height}px)`;
      this.#bottomRight.style.transform = `translate(${width}px, ${height}px)`;
      written.width = rect.width;
      written.height = rect.height;
      this.#sizeLock();
    }
    this.#limitCorners(chipHeight);
    // What the size is short of goes to both sides alike.
    const x = rect.x + (rect.width - written.width) / 2;
    const y = rect.y + (rect.height - written.height) / 2;
    if (moved(x, written.x, PLACE_STEP_PX) || moved(y, written.y, PLACE_STEP_PX)) {
      this.mover.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px)`;
      written.x = x;
      written.y = y;
    }
  }

  /** In a small box corners are shorter. That costs a layout, so it is written only where the box may be small enough. */
  #limitCorners(chipHeight: number | undefined): void {
    const { width, height } = this.#written;
    const longest = chipHeight === undefined ? Number.POSITIVE_INFINITY : CORNER_CHIPS * chipHeight;
    const [x, y] = [width, height].map((side) =>
      side * REACH < longest ? `${Math.round(side * REACH)}px` : '',
    );
    const reach = `${x}|${y}`;
    if (reach === this.#written.reach) return;
    this.#written.reach = reach;
    this.element.style.setProperty('--reach-x', x ?? '');
    this.element.style.setProperty('--reach-y', y ?? '');
  }

  #sizeLock(): void {
    if (this.#lock === undefined) return;
    this.#lock.style.width = `${this.#written.width.toFixed(2)}px`;
    this.#lock.style.height = `${this.#written.height.toFixed(2)}px`;
  }
}

/** Whether a value differs by a step or more from what was written; not a number: nothing was. */
export function moved(now: number, before: number, stepPx: number): boolean {
  return !(Math.abs(now - before) < stepPx);
}
