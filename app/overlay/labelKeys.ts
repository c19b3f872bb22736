/** Marks what can be reached with the keys. */
const THING = 'data-thing';
/** Marks where things are. */
const THINGS = 'data-things';
/** A browser takes the focus from what is not to be seen, in its next frame. */
const HIDDEN = ':is([data-unplaced], [data-leaving])';
export const STEPS: Readonly<Record<string, 1 | -1>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

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
    // It has the focus while no thing is there to have it: Tab then goes on from here, not from the top of the page.
    root.tabIndex = -1;
    root.setAttribute(THINGS, '');
    const { signal } = this.#listening;
    root.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && target.hasAttribute(THING)) this.#setStop(target);
    };
    root.addEventListener('focusin', onFocus, { signal });
  }

  /** Sees to it that Tab comes to exactly one thing, as long as there is any. */
  keepOneStop(): void {
    const isKept = this.#stop?.isConnected && !this.#stop.matches(HIDDEN);
    const next = isKept ? undefined : this.#things()[0];
    if (next) this.#setStop(next);
    if (document.activeElement === this.#root && (isKept || next)) this.#stop?.focus({ preventScroll: true });
  }

  /** The thing `id` has the focus: its name or dot keeps it where one gives way to the other, else the next thing gets it. */
  keepFocus(id: number): void {
    const { activeElement } = document;
    if (this.focusedThing() === id && !activeElement?.matches(HIDDEN)) return;
    const own = this.#things().find(({ dataset: { chip, dot } }) => Number(chip ?? dot) === id);
    if (own) own.focus({ preventScroll: true });
    else this.focusStop();
  }

  /** The thing that had the focus is gone: the next one gets it, as soon as there is one. */
  focusStop(): void {
    this.#root.focus({ preventScroll: true });
    this.keepOneStop();
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
    return [...this.#root.querySelectorAll<HTMLElement>(`[${THING}]:not(${HIDDEN})`)];
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
