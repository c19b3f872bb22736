import type { Label } from '../../protocol/messages.ts';
import { words } from '../ui/words/words.ts';
import type { FreeSpace } from './freeSpace.ts';
import { labelColour } from './labelColour.ts';
import { makeThing } from './labelKeys.ts';
import { type DotsLayout, type DottedBox, layoutDots } from './layoutDots.ts';
import styles from './Overlay.module.css';

interface Dot {
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
    for (const [id, { element }] of this.#dots) {
      if (this.#layout.has(id)) continue;
      this.#dots.delete(id);
      element.remove();
    }
    for (const { id, label } of things) {
      const placed = this.#layout.get(id);
      if (placed === undefined) continue;
      const dot = this.#dots.get(id) ?? this.#add(id);
      const { rect } = placed;
      const name = label.text ?? words().seen.label(label.label);
      const isLeft = rect.x + rect.width / 2 < space.bounds.x + space.bounds.width / 2;
      const written = `${Math.round(rect.x)}px, ${Math.round(rect.y)}px|${name}|${isLeft}`;
      if (written === dot.written) continue;
      dot.written = written;
      dot.element.style.transform = `translate(${Math.round(rect.x)}px, ${Math.round(rect.y)}px)`;
      dot.element.toggleAttribute('data-to-left', !isLeft);
      if (dot.name.textContent !== name) dot.name.textContent = name;
    }
  }

  close(): void {
    for (const { element } of this.#dots.values()) element.remove();
    this.#dots.clear();
  }

  #add(id: number): Dot {
    const onActivate = this.#onActivate;
    const element = document.createElement(onActivate ? 'button' : 'div');
    if (onActivate) makeThing(element, () => onActivate(id));
    element.className = styles.dot ?? '';
    element.dataset.testid = 'label-dot';
    element.dataset.dot = String(id);
    element.style.setProperty('--label', labelColour(id));
    const name = document.createElement('b');
    name.className = styles.dotName ?? '';
    element.append(name);
    const dot = { element, name, written: '' };
    this.#dots.set(id, dot);
    this.#root.append(element);
    return dot;
  }
}
