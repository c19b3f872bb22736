import type { Label } from '../../protocol/messages.ts';
import { boxOnScreen, type RectPx } from '../../vision/geometry.ts';
import { words } from '../ui/words/words.ts';
import { distanceBetween, intersect, movedDown, type SizePx } from './freeSpace.ts';
import { LabelBox } from './labelBox.ts';
import { LabelKeys } from './labelKeys.ts';
import { layoutNames, type NamedBox, type NamesLayout, NO_NAMES_LAYOUT, unsettled } from './layoutNames.ts';
import { LineButtons, type LineSelection } from './lineButtons.ts';
import { NameChip } from './nameChip.ts';
import { NameDots } from './nameDots.ts';
import { NameStack } from './nameStack.ts';
import styles from './Overlay.module.css';
import { OutlineLayer } from './outlineLayer.ts';
import { QuadLayer } from './quadLayer.ts';
import { SkeletonLayer } from './skeletonLayer.ts';
import { isLineOfText, type ShownLabel } from './trackBoard.ts';
import { type Controls, watchControls } from './watchControls.ts';

/** Where the picture lies on screen, and how much of the screen its labels may use. */
export interface OverlayFrame {
  /** The whole picture in CSS pixels of the overlay, cropped parts included. */
  content: RectPx;
  /** Size of the overlay in CSS pixels. */
  viewport: { width: number; height: number };
  /** Left and right are swapped, as in a mirror. */
  mirrored: boolean;
}

/** Distance of chips from the edges of the picture and the screen. */
const EDGE_PX = 8;
/** Until it is measured. */
const MORE_GUESS: SizePx = { width: 72, height: 26 };
/** How long names also use the room around the picture, once they had to, ms. */
const AROUND_MS = 2_000;

export interface OverlayOptions {
  reducedMotion(): boolean;
  /** The picture stands still: names need not be as steady as they may. */
  isStill: boolean;
  /** A person pressed a name or a dot. Undefined: they are only to be read. */
  onActivate?: ((label: Label) => void) | undefined;
  /** Which lines of text are selected. Default: none. */
  lines?: LineSelection | undefined;
  /** Follows what lies over the picture. Default: all controls of the page. */
  watchControls?: typeof watchControls;
}

interface Shown {
  readonly box: LabelBox;
  readonly chip: NameChip;
  label: Label;
}

/**
 * Draws labels as DOM elements over the picture. It writes to an element only what changed, and reads no layout:
 * it is called for every picture of a camera. What stands where is measured when that changes, after the browser's own
 * layout, and names are laid out again before they are painted.
 */
export class OverlayView {
  readonly #layer = document.createElement('div');
  readonly #shown = new Map<number, Shown>();
  readonly #names: NameStack;
  readonly #outlines = new OutlineLayer();
  readonly #quads = new QuadLayer();
  readonly #skeletons = new SkeletonLayer();
  readonly #more = document.createElement('div');
  #moreSize = MORE_GUESS;
  readonly #sizes: ResizeObserver;
  readonly #unwatchControls: () => void;
  readonly #dots: NameDots;
  readonly #keys: LabelKeys | undefined;
  readonly #lines: LineButtons | undefined;
  #controls: Controls | undefined;
  /** Where the stylesheet puts the names of the whole picture. */
  #stackRect: RectPx | undefined;
  readonly #options: OverlayOptions;
  #named: Omit<NamedBox, 'chip'>[] = [];
  #frame: OverlayFrame | undefined;
  #layout: NamesLayout = NO_NAMES_LAYOUT;
  #isAroundSinceMs: number | undefined;

  constructor(root: HTMLElement, options: OverlayOptions) {
    this.#layer.className = styles.layer ?? '';
    this.#options = options;
    this.#names = new NameStack(this.#layer, options.onActivate);
    this.#keys = options.onActivate && new LabelKeys(root);
    this.#lines =
      options.onActivate &&
      new LineButtons(this.#layer, { onActivate: options.onActivate, selection: options.lines });
    this.#dots = new NameDots(this.#layer, options.onActivate && ((id) => this.#activate(id)));
    this.#more.className = `${styles.chip} ${styles.more}`;
    this.#more.dataset.testid = 'more-names';
    this.#more.dataset.unplaced = '';
    this.#sizes = new ResizeObserver((entries) => this.#measure(entries));
    for (const element of [this.#more, this.#names.element]) this.#sizes.observe(element);
    this.#layer.append(this.#outlines.element, this.#quads.element, this.#skeletons.element, this.#more);
    root.append(this.#layer);
    this.#unwatchControls = (options.watchControls ?? watchControls)(root, (controls) => {
      this.#controls = controls;
      // In a window of another size it may stand elsewhere.
      this.#stackRect = stylesheetRect(this.#names.element);
      this.#layout = unsettled(this.#layout);
      this.#arrange();
    });
  }

  /**
   * @param minScore the lowest score to show
   * @param lockedId the thing that a person locked on to
   */
  draw(
    shown: readonly ShownLabel[],
    frame: OverlayFrame,
    minScore: number,
    lockedId: number | undefined = undefined,
  ): void {
    const nowMs = performance.now();
    const gone = new Set(this.#shown.keys());
    this.#frame = frame;
    this.#named = [];
    const isNameGone = this.#names.show(shown.filter(({ box }) => box === undefined));
    this.#outlines.draw(shown, frame);
    this.#quads.draw(shown, frame, this.#options.lines);
    this.#skeletons.draw(shown, frame);
    const isLineGone = this.#lines?.show(shown, frame.content, frame.mirrored) ?? false;
    for (const item of shown) {
      // A line of text needs no name next to it: it stands there.
      if (item.box === undefined || isLineOfText(item)) continue;
      const { id, score } = item.label;
      gone.delete(id);
      const thing = this.#shown.get(id) ?? this.#add(item.label);
      const { box, chip } = thing;
      const isLocked = id === lockedId;
      thing.label = item.label;
      box.describe(item, chip.describe(item, nowMs, minScore));
      box.mark(isLocked);
      const rect = boxOnScreen(item.box, frame.content, frame.mirrored);
      box.place(rect, chip.size?.height);
      this.#named.push({ id, box: rect, score, isLocked });
    }
    for (const id of gone) this.#remove(id);
    this.#arrange();
    if (isNameGone || isLineGone) this.#keys?.focusStop();
  }

  close(): void {
    for (const id of [...this.#shown.keys()]) this.#remove(id);
    this.#unwatchControls();
    this.#sizes.disconnect();
    this.#names.close();
    this.#dots.close();
    this.#lines?.close();
    this.#keys?.close();
    this.#layer.remove();
  }

  /** Gives the chips their places. */
  #arrange(): void {
    const [frame, controls] = [this.#frame, this.#controls];
    if (frame === undefined || controls === undefined) return;
    const focused = this.#keys?.focusedThing();
    const boxes = this.#named.flatMap((named): NamedBox[] => {
      const size = this.#shown.get(named.id)?.chip.size;
      return size === undefined ? [] : [{ ...named, chip: size }];
    });
    const { rects, safe } = controls;
    const stack =
      this.#stackRect && movedDown(this.#stackRect, { bounds: safe, taken: rects, gapPx: EDGE_PX });
    if (this.#stackRect && stack) this.#names.lower(stack.y - this.#stackRect.y);
    const obstacles = stack ? [...rects, stack] : rects;
    this.#layout = this.#layoutIn(frame, safe, obstacles, boxes);
    const { placed, left, more, faint } = this.#layout;
    const lockedId = this.#named.find(({ isLocked }) => isLocked)?.id;
    this.#showDots(frame, safe, obstacles);
    for (const [id, { chip }] of this.#shown) {
      const place = placed.get(id);
      chip.mark({ isLocked: id === lockedId, isFaint: faint.has(id) && id !== lockedId });
      const isWayFree = (way: RectPx) =>
        // From a place that was in a larger window it would come in from outside.
        liesIn(way, frame.viewport) &&
        rects.every((rect) => distanceBetween(rect, way) > 0) &&
        [...placed.values()].every((other) => other === place || distanceBetween(other.rect, way) > 0);
      chip.place(place, this.#options, isWayFree);
    }
    if (left.length > 0) {
      const text = words().seen.more(left.length);
      if (this.#more.textContent !== text) this.#more.textContent = text;
    }
    this.#more.toggleAttribute('data-unplaced', more === undefined);
    if (more) this.#more.style.transform = `translate(${Math.round(more.x)}px, ${Math.round(more.y)}px)`;
    this.#keys?.keepOneStop();
    if (focused !== undefined) this.#keys?.keepFocus(focused);
  }

  /** Dots for the names without room. */
  #showDots({ content }: OverlayFrame, safe: RectPx, obstacles: readonly RectPx[]): void {
    const { placed, left, more } = this.#layout;
    const bounds = intersect(content, safe);
    if (left.length === 0) {
      this.#dots.show([], { bounds, taken: [], gapPx: 0 });
      return;
    }
    const boxes = new Map(this.#named.map(({ id, box }) => [id, box]));
    const dotted = left.flatMap((id) => {
      const thing = this.#shown.get(id);
      const box = boxes.get(id);
      return thing && box ? [{ id, seen: intersect(box, bounds), label: thing.label }] : [];
    });
    const chips = [...placed.values()].map(({ rect }) => rect);
    const taken = [...obstacles, ...chips, ...(more ? [more] : [])];
    this.#dots.show(dotted, { bounds, taken, gapPx: 0 });
  }

  #activate(id: number): void {
    const thing = this.#shown.get(id);
    if (thing) this.#options.onActivate?.(thing.label);
  }

  /** Within the picture; where it is too small for all names to stand at their boxes, in the room around it too. */
  #layoutIn(
    { content }: OverlayFrame,
    safe: RectPx,
    obstacles: readonly RectPx[],
    boxes: readonly NamedBox[],
  ): NamesLayout {
    const nowMs = performance.now();
    const previous = this.#options.isStill ? NO_NAMES_LAYOUT : this.#layout;
    const stage = inset(safe);
    const picture = inset(intersect(content, safe));
    const layout = (bounds: RectPx) =>
      layoutNames(boxes, { bounds, obstacles, more: this.#moreSize }, previous, nowMs);
    const sinceMs = this.#isAroundSinceMs;
    if (!this.#options.isStill && sinceMs !== undefined && nowMs - sinceMs < AROUND_MS) return layout(stage);
    const inPicture = layout(picture);
    const hasRoomAround = stage.width > picture.width + 1 || stage.height > picture.height + 1;
    const isAround = hasRoomAround && !isAtBoxes(inPicture);
    this.#isAroundSinceMs = isAround ? nowMs : undefined;
    return isAround ? layout(stage) : inPicture;
  }

  #measure(entries: readonly ResizeObserverEntry[]): void {
    for (const { target, borderBoxSize } of entries) {
      const [size] = borderBoxSize;
      if (!(target instanceof HTMLElement) || size === undefined) continue;
      const { inlineSize: width, blockSize: height } = size;
      if (target === this.#more) {
        if (width > 0) this.#moreSize = { width, height };
      } else if (target === this.#names.element) {
        this.#stackRect = stylesheetRect(target);
      } else {
        const shown = this.#shown.get(Number(target.dataset.chip));
        if (shown) shown.chip.size = { width, height };
      }
    }
    this.#arrange();
  }

  #add(label: Label): Shown {
    const { id } = label;
    const chip = new NameChip(label, this.#options.onActivate && (() => this.#activate(id)));
    const shown = { box: new LabelBox(id), chip, label };
    this.#shown.set(id, shown);
    this.#sizes.observe(shown.chip.element);
    this.#layer.append(shown.box.mover, shown.chip.mover);
    return shown;
  }

  #remove(id: number): void {
    const shown = this.#shown.get(id);
    if (!shown) return;
    const hadFocus = this.#keys?.focusedThing() === id;
    this.#shown.delete(id);
    this.#sizes.unobserve(shown.chip.element);
    shown.box.mover.remove();
    shown.chip.remove();
    if (hadFocus) this.#keys?.focusStop();
  }
}

/** Without transforms; undefined where the element is not in the page, or empty. */
function stylesheetRect(element: HTMLElement): RectPx | undefined {
  const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = element;
  return width > 0 ? { x, y, width, height } : undefined;
}

/** Whether every name has a good place at its box. */
function isAtBoxes({ placed, left }: NamesLayout): boolean {
  return left.length === 0 && [...placed.values()].every(({ slot }) => slot !== undefined);
}

function inset({ x, y, width, height }: RectPx): RectPx {
  return {
    x: x + EDGE_PX,
    y: y + EDGE_PX,
    width: Math.max(0, width - 2 * EDGE_PX),
    height: Math.max(0, height - 2 * EDGE_PX),
  };
}

const liesIn = ({ x, y, width, height }: RectPx, size: SizePx): boolean =>
  x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height;
