/** Marks what can be reached with the keys. */
const THING = 'data-thing';
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Makes a name or a dot something that can be pressed, and reached with the keys. */
export function makeThing(element: HTMLElement, onActivate: () => void): void {
  element.setAttribute('type', 'button');
  element.setAttribute(THING, '');
  element.tabIndex = -1;
  element.addEventListener('click', onActivate);
}

/**
 * The keys for things on the picture: Tab comes to one of them and goes on to the controls, arrows go from thing to thing
 * from the top to the bottom.
 */
export class LabelKeys {
  readonly #root: HTMLElement;
  readonly #listening = new AbortController();
  #stop: HTMLElement | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    const { signal } = this.#listening;
    root.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && target.hasAttribute(THING)) this.#setStop(target);
    };
    root.addEventListener('focusin', onFocus, { signal });
  }

  /** Sees to it that Tab comes to exactly one thing, as long as there is any. */
  keepOneStop(): void {
    if (this.#stop?.isConnected && !this.#stop.hasAttribute('data-unplaced')) return;
    const next = this.#things()[0];
    if (next) this.#setStop(next);
  }

  /** The thing that had the focus is gone: the next one gets it. */
  focusStop(): void {
    this.keepOneStop();
    this.#stop?.focus({ preventScroll: true });
  }

  /** The id of the thing that has the focus. */
  focusedThing(): number | undefined {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement) || !this.#root.contains(activeElement)) return undefined;
    const { chip, dot } = activeElement.dataset;
    const id = chip ?? dot;
    return id === undefined ? undefined : Number(id);
  }

  close(): void {
    this.#listening.abort();
  }

  #things(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>(`[${THING}]:not([data-unplaced], [data-leaving])`)];
  }

  #setStop(element: HTMLElement): void {
    if (this.#stop && this.#stop !== element) this.#stop.tabIndex = -1;
    this.#stop = element;
    element.tabIndex = 0;
  }

  #onKey(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = this.#things().map((element) => ({ element, rect: element.getBoundingClientRect() }));
    rows.sort((a, b) => a.rect.y - b.rect.y || a.rect.x - b.rect.x);
    const at = rows.findIndex(({ element }) => element === document.activeElement);
    rows[(at + step + rows.length) % rows.length]?.element.focus();
    // On the page the arrows set the confidence.
    event.preventDefault();
    event.stopPropagation();
  }
}
