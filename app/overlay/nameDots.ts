import type { Label } from '../../protocol/messages.ts';
import { words } from '../ui/words/words.ts';
import type { FreeSpace } from './freeSpace.ts';
import { colourOf } from './labelColour.ts';
import { makeThing } from './labelKeys.ts';
import { type DotsLayout, type DottedBox, layoutDots } from './layoutDots.ts';
import { makeMover } from './mover.ts';
import styles from './Overlay.module.css';

interface Dot {
  readonly mover: HTMLElement;
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  written: string;
}

/** Small dots on the things whose names have no room; each says its name when it has the focus or the pointer. */
export class NameDots {
  readonly #root: HTMLElement;
  readonly #onActivate: ((id: number) => void) | undefined;
  readonly #dots = new Map<number, Dot>();
  #layout: DotsLayout = new Map();

  constructor(root: HTMLElement, onActivate: ((id: number) => void) | undefined) {
    this.#root = root;
    this.#onActivate = onActivate;
  }

  /** @param space where dots may be, and what they keep clear of */
  show(things: readonly (DottedBox & { readonly label: Label })[], space: FreeSpace): void {
    if (things.length === 0 && this.#dots.size === 0) return;
    this.#layout = layoutDots(things, space, this.#layout);
    for (const [id, { mover }] of this.#dots) {
      if (this.#layout.has(id)) continue;
      this.#dots.delete(id);
      mover.remove();
    }
    for (const { id, label } of things) {
      const placed = this.#layout.get(id);
      if (placed === undefined) continue;
      const dot = this.#dots.get(id) ?? this.#add(label);
      const { rect } = placed;
      const name = label.text ?? words().seen.label(label.label);
      const isLeft = rect.x + rect.width / 2 < space.bounds.x + space.bounds.width / 2;
      const written = `${Math.round(rect.x)}px, ${Math.round(rect.y)}px|${name}|${isLeft}`;
      if (written === dot.written) continue;
      dot.written = written;
      dot.mover.style.transform = `translate(${Math.round(rect.x)}px, ${Math.round(rect.y)}px)`;
      dot.element.toggleAttribute('data-to-left', !isLeft);
      if (dot.name.textContent !== name) dot.name.textContent = name;
    }
  }

  close(): void {
    for (const { mover } of this.#dots.values()) mover.remove();
    this.#dots.clear();
  }

  #add(label: Label): Dot {
    const { id } = label;
    const onActivate = this.#onActivate;
    const element = document.createElement(onActivate ? 'button' : 'div');
    if (onActivate) makeThing(element, () => onActivate(id));
    element.className = styles.dot ?? '';
    element.dataset.testid = 'label-dot';
    element.dataset.dot = String(id);
    element.style.setProperty('--label', colourOf(label));
    const name = document.createElement('b');
    name.className = styles.dotName ?? '';
    element.append(name);
    const mover = makeMover('dotMover');
    mover.append(element);
    const dot = { mover, element, name, written: '' };
    this.#dots.set(id, dot);
    this.#root.append(mover);
    return dot;
  }
}
