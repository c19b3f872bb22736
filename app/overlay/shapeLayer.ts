import { labelColour } from './labelColour.ts';
import type { ShownLabel } from './trackBoard.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Classes of what is drawn, and what tests find it by. */
interface Looks<Path extends string> {
  readonly layer: string | undefined;
  readonly shape: string | undefined;
  /** From the one that lies behind to the one in front. */
  readonly paths: Readonly<Record<Path, string | undefined>>;
  readonly testid: string;
}

interface Shown<Path extends string> {
  readonly group: SVGGElement;
  readonly paths: Readonly<Record<Path, SVGPathElement>>;
  /** As data of the paths, and what else is written. */
  readonly written: Partial<Record<Path, string>>;
  text: string;
}

/**
 * Shapes over the picture, each a group of paths in the colour of its label. Writes only what changed: this is called for every
 * picture of a camera.
 */
export class ShapeLayer<Path extends string> {
  readonly element = document.createElementNS(SVG, 'svg');
  readonly #looks: Looks<Path>;
  readonly #shown = new Map<number, Shown<Path>>();

  constructor(looks: Looks<Path>) {
    this.#looks = looks;
    this.element.setAttribute('class', looks.layer ?? '');
    this.element.setAttribute('aria-hidden', 'true');
  }

  /** @param dataOf the data of the paths of a label; undefined where it has no such shape */
  draw(
    labels: readonly ShownLabel[],
    dataOf: (label: ShownLabel) => Readonly<Record<Path, string>> | undefined,
  ): void {
    const gone = new Set(this.#shown.keys());
    for (const one of labels) {
      const data = dataOf(one);
      if (data === undefined) continue;
      const { label, leaving } = one;
      gone.delete(label.id);
      const shown = this.#shown.get(label.id) ?? this.#add(label.id);
      const { group, paths, written } = shown;
      for (const name of Object.keys(paths) as Path[]) {
        if (data[name] === (written[name] ?? '')) continue;
        written[name] = data[name];
        paths[name].setAttribute('d', data[name]);
      }
      const text = `${label.label}|${leaving}`;
      if (text === shown.text) continue;
      shown.text = text;
      group.dataset.label = label.label;
      group.toggleAttribute('data-leaving', leaving);
    }
    for (const id of gone) this.#remove(id);
  }

  #add(id: number): Shown<Path> {
    const { shape, paths: classes, testid } = this.#looks;
    const group = document.createElementNS(SVG, 'g');
    group.setAttribute('class', shape ?? '');
    group.style.setProperty('--label', labelColour(id));
    group.dataset.testid = testid;
    group.dataset.track = String(id);
    // New data is a new style of a path: it costs least where its looks come from around it.
    const paths = Object.fromEntries(
      Object.entries<string | undefined>(classes).map(([name, look]) => {
        const around = document.createElementNS(SVG, 'g');
        const path = document.createElementNS(SVG, 'path');
        around.setAttribute('class', look ?? '');
        around.append(path);
        group.append(around);
        return [name, path];
      }),
    ) as Record<Path, SVGPathElement>;
    this.element.append(group);
    const shown: Shown<Path> = { group, paths, written: {}, text: '' };
    this.#shown.set(id, shown);
    return shown;
  }

  #remove(id: number): void {
    this.#shown.get(id)?.group.remove();
    this.#shown.delete(id);
  }
}
