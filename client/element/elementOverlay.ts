import { CARRIED_SHAPES } from '../../app/overlay/carryShapes.ts';
import { labelColour } from '../../app/overlay/labelColour.ts';
import { layoutNames, type NamesLayout, NO_NAMES_LAYOUT } from '../../app/overlay/layoutNames.ts';
import {
  type BoardTimes,
  EMPTY_BOARD,
  type ShownLabel,
  shownLabels,
  type TrackBoard,
  updateBoard,
} from '../../app/overlay/trackBoard.ts';
import { CARRY_DEFAULTS, type CarryOptions } from '../../vision/carry.ts';
import { boxOnScreen, type RectPx } from '../../vision/geometry.ts';
import type { LensLabels } from '../camera/cameraLens.ts';
import { ElementShapes } from './elementShapes.ts';

/** Boxes stay where they were last seen. */
const NOT_CARRIED: CarryOptions = { ...CARRY_DEFAULTS, horizonMs: 0, settleMs: 0 };
/** Distance of names from the edges. */
const EDGE_PX = 8;
/** Of the count of names without room. */
const MORE_PX = { width: 44, height: 24 };

const NOWHERE = { content: { x: 0, y: 0, width: 0, height: 0 }, mirrored: false };

export interface OverlayPlace {
  /** The whole picture, in CSS pixels of the overlay. */
  readonly content: RectPx;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly mirrored: boolean;
  /** What lies over the picture. */
  readonly obstacles: readonly RectPx[];
}

interface Shown {
  readonly box: HTMLElement;
  readonly name: HTMLElement;
  /** Measured when the text changes: reading layout for each picture would cost more than drawing. */
  size: { width: number; height: number };
}

/** Boxes, outlines, skeletons and names over the picture of the element, laid out by the code of the page so that each name can be read. */
export class ElementOverlay {
  readonly #root: HTMLElement;
  readonly #shown = new Map<number, Shown>();
  readonly #names = document.createElement('div');
  readonly #more = document.createElement('div');
  readonly #shapes = new ElementShapes();
  readonly #reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  #board: TrackBoard = EMPTY_BOARD;
  #layout: NamesLayout = NO_NAMES_LAYOUT;
  #shownAtMs = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#names.className = 'names';
    this.#names.part.add('names');
    this.#more.className = 'name';
    this.#more.part.add('name', 'more');
    root.append(this.#shapes.element, this.#names, this.#more);
    this.clear();
  }

  update(labels: LensLabels): void {
    this.#board = updateBoard(this.#board, labels, this.#times(), this.#carry(), CARRIED_SHAPES);
  }

  /** A picture is on the screen. @param more the text for names without room */
  draw(place: OverlayPlace, shownAtMs: number, more: (count: number) => string): void {
    this.#shownAtMs = shownAtMs;
    const labels = shownLabels(this.#board, this.#times(), this.#carry(), CARRIED_SHAPES);
    this.#shapes.draw(labels, place);
    this.#drawNames(labels.filter(({ box }) => box === undefined));
    const boxes = labels.flatMap((shown) => {
      if (shown.box === undefined) return [];
      const { id, score } = shown.label;
      const rect = boxOnScreen(shown.box, place.content, place.mirrored);
      const { box, size } = this.#show(shown);
      move(box, rect);
      return [{ id, score, box: rect, chip: size }];
    });
    const here = new Set(boxes.map(({ id }) => id));
    for (const id of this.#shown.keys()) if (!here.has(id)) this.#remove(id);
    this.#layoutNames(boxes, place, more);
  }

  clear(): void {
    this.#board = EMPTY_BOARD;
    this.#shapes.draw([], NOWHERE);
    this.#layout = NO_NAMES_LAYOUT;
    for (const id of [...this.#shown.keys()]) this.#remove(id);
    this.#names.replaceChildren();
    this.#more.hidden = true;
  }

  #layoutNames(
    boxes: Parameters<typeof layoutNames>[0],
    { viewport, obstacles }: OverlayPlace,
    more: (count: number) => string,
  ): void {
    const bounds = {
      ...{ x: EDGE_PX, y: EDGE_PX },
      width: Math.max(0, viewport.width - 2 * EDGE_PX),
      height: Math.max(0, viewport.height - 2 * EDGE_PX),
    };
    this.#layout = layoutNames(boxes, { bounds, obstacles, more: MORE_PX }, this.#layout, performance.now());
    const { placed, left } = this.#layout;
    for (const [id, { name }] of this.#shown) {
      const at = placed.get(id)?.rect;
      // Not `hidden`: it must keep a size, to be placed by.
      name.style.visibility = at ? 'visible' : 'hidden';
      if (at) name.style.transform = `translate(${Math.round(at.x)}px, ${Math.round(at.y)}px)`;
    }
    this.#more.hidden = this.#layout.more === undefined;
    if (this.#layout.more) {
      this.#more.textContent = more(left.length);
      this.#more.style.transform = `translate(${this.#layout.more.x}px, ${this.#layout.more.y}px)`;
    }
  }

  #show({ label, leaving }: ShownLabel): Shown {
    const shown = this.#shown.get(label.id) ?? this.#add(label.id);
    const text = label.text ?? label.label;
    if (shown.name.textContent !== text) {
      shown.name.textContent = text;
      shown.size = { width: shown.name.offsetWidth, height: shown.name.offsetHeight };
    }
    for (const element of [shown.box, shown.name]) element.classList.toggle('leaving', leaving);
    shown.box.hidden = label.outline !== undefined;
    return shown;
  }

  #add(id: number): Shown {
    const [box, name] = [document.createElement('div'), document.createElement('div')];
    for (const [element, part] of [
      [box, 'box'],
      [name, 'name'],
    ] as const) {
      element.className = part;
      element.part.add(part);
      element.style.setProperty('--label', labelColour(id));
    }
    this.#root.append(box, name);
    const shown = { box, name, size: { width: 0, height: 0 } };
    this.#shown.set(id, shown);
    return shown;
  }

  #remove(id: number): void {
    const shown = this.#shown.get(id);
    shown?.box.remove();
    shown?.name.remove();
    this.#shown.delete(id);
  }

  /** Of the whole picture: best first, below each other. */
  #drawNames(labels: readonly ShownLabel[]): void {
    const texts = labels.map(({ label }) => label.label);
    const before = [...this.#names.children].map(({ textContent }) => textContent);
    if (texts.join('\n') === before.join('\n')) return;
    this.#names.replaceChildren(
      ...texts.map((text) => {
        const name = document.createElement('span');
        name.part.add('name');
        name.textContent = text;
        return name;
      }),
    );
  }

  #times(): BoardTimes {
    return { shownAtMs: this.#shownAtMs, nowMs: performance.now() };
  }

  #carry(): CarryOptions {
    return this.#reducedMotion.matches ? NOT_CARRIED : CARRY_DEFAULTS;
  }
}

function move(element: HTMLElement, { x, y, width, height }: RectPx): void {
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  element.style.width = `${width.toFixed(1)}px`;
  element.style.height = `${height.toFixed(1)}px`;
}
