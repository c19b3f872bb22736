import type { Label } from '../../protocol/messages.ts';
import { words } from '../ui/words/words.ts';
import { labelColour } from './labelColour.ts';
import { makeThing } from './labelKeys.ts';
import styles from './Overlay.module.css';
import type { ShownLabel } from './trackBoard.ts';

/** The best name and what else it may be. */
const MAX_NAMES = 3;
/** Parts of the picture are all named: a tint says nothing without. As many as a stream has of them. */
const MAX_AREAS = 8;

/** Names of the whole picture, best first: the first one large, the others small, each with a bar for its score. */
export class NameStack {
  readonly #root: HTMLElement;
  /** All of it; of no size while it shows nothing. */
  readonly element = document.createElement('div');
  readonly #names = new Map<number, Name>();
  readonly #onActivate: ((label: Label) => void) | undefined;

  /** @param onActivate called when a person presses a name; undefined: they are only to be read */
  constructor(root: HTMLElement, onActivate: ((label: Label) => void) | undefined) {
    this.#root = root;
    this.#onActivate = onActivate;
    this.element.className = styles.names ?? '';
  }

  /**
   * Called for every picture of a camera, so it writes changes only.
   * @param labels those without a box, best first
   * @returns whether a name that had the focus is gone
   */
  show(labels: readonly ShownLabel[]): boolean {
    const { activeElement } = document;
    const hadFocus = this.element.contains(activeElement);
    const staying = labels.filter(({ leaving }) => !leaving);
    // One that leaves fades only where no other takes its place.
    const all = staying.length > 0 ? staying : labels;
    const shown = all.filter(({ outline }, at) => at < (outline === undefined ? MAX_NAMES : MAX_AREAS));
    for (const [id, name] of this.#names) {
      if (shown.some(({ label }) => label.id === id)) continue;
      this.#names.delete(id);
      name.element.remove();
    }
    for (const [place, item] of shown.entries()) {
      const name = this.#names.get(item.label.id) ?? this.#add(item.label.id);
      name.describe(item, place);
    }
    if (shown.length === 0) this.element.remove();
    else if (!this.element.isConnected) this.#root.append(this.element);
    return hadFocus && !this.element.contains(activeElement);
  }

  /** Moves all of it down from where the stylesheet puts it. */
  lower(byPx: number): void {
    const transform = byPx === 0 ? '' : `translateY(${Math.round(byPx)}px)`;
    if (this.element.style.transform !== transform) this.element.style.transform = transform;
  }

  close(): void {
    this.element.remove();
  }

  #add(id: number): Name {
    const name = new Name(id, this.#onActivate);
    this.#names.set(id, name);
    this.element.append(name.element);
    return name;
  }
}

class Name {
  readonly element: HTMLElement;
  #label: Label | undefined;
  readonly #text = document.createElement('b');
  readonly #score = document.createElement('span');
  readonly #bar = document.createElement('i');
  #written = '';

  constructor(id: number, onActivate: ((label: Label) => void) | undefined) {
    this.element = document.createElement(onActivate ? 'button' : 'div');
    if (onActivate) makeThing(this.element, () => this.#label && onActivate(this.#label));
    this.element.className = styles.name ?? '';
    this.element.dataset.testid = 'label-name';
    this.element.dataset.track = String(id);
    this.element.style.setProperty('--label', labelColour(id));
    this.element.append(this.#text, this.#score, this.#bar);
  }

  /** @param place 0 for the best */
  describe({ label, leaving, outline }: ShownLabel, place: number): void {
    this.#label = label;
    const percent = Math.round(label.score * 100);
    const { seen, format } = words();
    const text = label.text ?? seen.label(label.label);
    const written = `${text}|${percent}|${leaving}|${place}`;
    if (written === this.#written) return;
    this.#written = written;
    const { dataset, style } = this.element;
    dataset.label = label.label;
    dataset.score = label.score.toFixed(2);
    style.order = String(place);
    this.#text.textContent = text;
    this.#score.textContent = format.percent(percent / 100);
    this.#bar.style.setProperty('--share', (percent / 100).toFixed(2));
    // Names of parts are the key to their colours: none is the answer, and together they hide little of the picture.
    toggle(dataset, 'area', outline !== undefined);
    toggle(dataset, 'best', place === 0 && outline === undefined);
    // There is no room for them in a low window.
    toggle(dataset, 'further', place >= MAX_NAMES);
    toggle(dataset, 'leaving', leaving);
  }
}

function toggle(dataset: DOMStringMap, name: string, on: boolean): void {
  if (on) dataset[name] = '';
  else delete dataset[name];
}
