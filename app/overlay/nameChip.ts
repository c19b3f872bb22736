import type { Label } from '../../protocol/messages.ts';
import type { RectPx } from '../../vision/geometry.ts';
import { POINT_SIZE } from '../../vision/points.ts';
import { UNKNOWN } from '../../vision/things/unknown.ts';
import { words } from '../ui/words/words.ts';
import { bottom, right, type SizePx } from './freeSpace.ts';
import { moved } from './labelBox.ts';
import { colourOf } from './labelColour.ts';
import { makeThing } from './labelKeys.ts';
import type { PlacedName } from './layoutNames.ts';
import type { Leader } from './leader.ts';
import { makeMover } from './mover.ts';
import styles from './Overlay.module.css';
import type { OverlayOptions } from './overlayView.ts';
import { foundPoints } from './skeleton.ts';
import type { ShownLabel } from './trackBoard.ts';

/** A score trembles with every result; no one reads it faster than this. */
const SCORE_MS = 500;
/** A chip follows its box in whole pixels of the screen, where its text is sharp, and not for less than this. */
const STEP_PX = 0.75;
/** A chip that moves this much farther than its box changes its place, and is seen to. */
const HOP_PX = 10;
const HOP: KeyframeAnimationOptions = { duration: 180, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' };

/** The name of a thing with its score, and the line to its box where it stands apart. Writes only what changed. */
export class NameChip {
  /** What is put into the page, and moved. */
  readonly mover = makeMover('chipMover');
  /** A button where a person can do something with the thing. */
  readonly element: HTMLElement;
  /** Measured by whoever shows it; undefined until then. */
  size: SizePx | undefined;
  #colour = '';
  readonly #name = document.createElement('b');
  readonly #number = document.createElement('span');
  readonly #score = document.createElement('span');
  #leader: { mover: HTMLElement; element: HTMLElement } | undefined;
  #written = {
    x: Number.NaN,
    y: Number.NaN,
    text: '',
    score: '',
    leader: '',
    isLocked: false,
    isFaint: false,
  };
  #offset: PlacedName['offset'] | undefined;
  #scoreAtMs = Number.NEGATIVE_INFINITY;

  /** @param onActivate called when a person presses it; undefined: nothing can be done with it */
  constructor({ id }: Pick<Label, 'id'>, onActivate: (() => void) | undefined) {
    this.element = document.createElement(onActivate ? 'button' : 'div');
    if (onActivate) makeThing(this.element, onActivate);
    this.element.className = styles.chip ?? '';
    this.element.dataset.testid = 'label-chip';
    this.element.dataset.chip = String(id);
    this.element.dataset.unplaced = '';
    if (onActivate) this.element.setAttribute('aria-pressed', 'false');
    this.#number.className = styles.number ?? '';
    this.#number.textContent = String(id);
    this.#score.className = styles.score ?? '';
    this.element.append(this.#name, this.#number, this.#score);
    this.mover.append(this.element);
  }

  /**
   * @param minScore the lowest score to show: one that it shows from before is not left standing below it
   * @returns the score that it shows, 0.00 to 1.00
   */
  describe({ label, points, layout, leaving }: ShownLabel, nowMs: number, minScore: number): string {
    const { seen, format } = words();
    // What was read says more of a code than its name, number or score would.
    const isRead = label.format !== undefined;
    const name = isRead ? label.label : (label.text ?? seen.label(label.label));
    this.#number.hidden = isRead;
    // It says how sure the detector is that there is a thing, not what it is.
    this.#score.hidden = isRead || label.label === UNKNOWN;
    const text = `${name}|${leaving}`;
    if (text !== this.#written.text) {
      this.#written.text = text;
      this.#name.textContent = name;
      // What was unknown may have been taught.
      this.#colour = colourOf(label);
      this.element.toggleAttribute('data-unknown', label.label === UNKNOWN);
      for (const element of [this.element, this.#leader?.element])
        element?.style.setProperty('--label', this.#colour);
      for (const element of [this.element, this.#leader?.element])
        element?.toggleAttribute('data-leaving', leaving);
    }
    const score = label.score.toFixed(2);
    const isDue = nowMs - this.#scoreAtMs >= SCORE_MS || Number(this.#written.score) < minScore;
    if (score !== this.#written.score && isDue) {
      this.#written.score = score;
      this.#scoreAtMs = nowMs;
      this.#score.textContent = format.percent(label.score);
      if (points) {
        const found = seen.points(foundPoints(points, layout), points.length / POINT_SIZE);
        this.element.setAttribute('aria-description', found);
      }
    }
    return this.#written.score;
  }

  /** @param state what of it is shown by the style sheet */
  mark({ isLocked, isFaint }: { isLocked: boolean; isFaint: boolean }): void {
    const written = this.#written;
    if (isLocked === written.isLocked && isFaint === written.isFaint) return;
    written.isLocked = isLocked;
    written.isFaint = isFaint;
    this.element.toggleAttribute('data-locked', isLocked);
    this.element.toggleAttribute('data-faint', isFaint);
    if (this.element.localName === 'button') this.element.setAttribute('aria-pressed', String(isLocked));
  }

  /**
   * @param placed undefined: without a place, and not to be seen
   * @param isWayFree whether this rectangle is in sight, with no other chip and no control in it
   */
  place(
    placed: PlacedName | undefined,
    { isStill, reducedMotion }: OverlayOptions,
    isWayFree: (way: RectPx) => boolean,
  ): void {
    const written = this.#written;
    this.#drawLeader(placed?.leader);
    if (placed === undefined) {
      this.element.dataset.unplaced = '';
      this.#offset = undefined;
      return;
    }
    const { rect, offset } = placed;
    const before = this.#offset;
    this.#offset = offset;
    if (before === undefined) delete this.element.dataset.unplaced;
    if (!moved(rect.x, written.x, STEP_PX) && !moved(rect.y, written.y, STEP_PX)) return;
    const [x, y] = [onPixel(rect.x), onPixel(rect.y)];
    this.mover.style.transform = `translate(${x}px, ${y}px)`;
    const hops = before && Math.hypot(offset.x - before.x, offset.y - before.y) >= HOP_PX;
    if (hops && !isStill && !reducedMotion()) {
      const way = around(rect, { ...rect, x: written.x, y: written.y });
      // It glides there, on top of the way that it goes with its box; where it would pass over others, it fades in.
      const keyframes = isWayFree(way)
        ? { translate: [`${written.x - x}px ${written.y - y}px`, '0px 0px'] }
        : { opacity: [0, 1] };
      this.element.animate(keyframes, HOP);
    }
    written.x = x;
    written.y = y;
  }

  remove(): void {
    this.mover.remove();
    this.#leader?.mover.remove();
  }

  #drawLeader(leader: Leader | undefined): void {
    if (leader === undefined) {
      this.#leader?.mover.remove();
      this.#leader = undefined;
      this.#written.leader = '';
      return;
    }
    const { from, to } = leader;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy).toFixed(0);
    const angle = Math.atan2(dy, dx).toFixed(3);
    const transform = `translate(${from.x.toFixed(0)}px, ${from.y.toFixed(0)}px) rotate(${angle}rad) scaleX(${length})`;
    if (transform === this.#written.leader) return;
    this.#written.leader = transform;
    if (this.#leader === undefined) {
      const mover = makeMover('leaderMover');
      const element = document.createElement('i');
      element.className = styles.leader ?? '';
      element.style.setProperty('--label', this.#colour);
      mover.append(element);
      this.#leader = { mover, element };
      this.mover.before(mover);
    }
    this.#leader.mover.style.transform = transform;
  }
}

function around(a: RectPx, b: RectPx): RectPx {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(right(a), right(b)) - x, height: Math.max(bottom(a), bottom(b)) - y };
}

function onPixel(value: number): number {
  const ratio = window.devicePixelRatio || 1;
  return Math.round(value * ratio) / ratio;
}
