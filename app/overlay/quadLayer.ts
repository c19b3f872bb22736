import { type Box, boxOnScreen } from '../../vision/geometry.ts';
import styles from './Overlay.module.css';
import type { OverlayFrame } from './overlayView.ts';
import type { ShownLabel } from './trackBoard.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Outlines of labels that have four corners: lines of text and codes, as they lie in the picture. Writes only what changed. */
export class QuadLayer {
  readonly #svg = document.createElementNS(SVG, 'svg');
  readonly #outlines = new Map<number, SVGPolygonElement>();

  constructor(root: HTMLElement) {
    this.#svg.setAttribute('class', styles.quads ?? '');
    this.#svg.setAttribute('aria-hidden', 'true');
    root.append(this.#svg);
  }

  draw(shown: readonly ShownLabel[], { content, mirrored }: OverlayFrame): void {
    const gone = new Set(this.#outlines.keys());
    for (const { label, box, leaving } of shown) {
      if (label.quad === undefined || label.box === undefined || box === undefined) continue;
      gone.delete(label.id);
      const outline = this.#outlines.get(label.id) ?? this.#add(label.id);
      const points = carried(label.quad, label.box, box)
        .map(([x, y]) => boxOnScreen([x, y, 0, 0], content, mirrored))
        .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
        .join(' ');
      if (outline.getAttribute('points') !== points) outline.setAttribute('points', points);
      const kind = label.format === undefined ? 'text' : 'code';
      if (outline.dataset.kind !== kind) outline.dataset.kind = kind;
      outline.toggleAttribute('data-leaving', leaving);
    }
    for (const id of gone) {
      this.#outlines.get(id)?.remove();
      this.#outlines.delete(id);
    }
  }

  close(): void {
    this.#svg.remove();
  }

  #add(id: number): SVGPolygonElement {
    const outline = document.createElementNS(SVG, 'polygon');
    outline.dataset.testid = 'label-quad';
    outline.dataset.track = String(id);
    this.#svg.append(outline);
    this.#outlines.set(id, outline);
    return outline;
  }
}

/** The corners moved and scaled as their box was on the way to the picture that is on screen. */
function carried(
  quad: readonly (readonly [number, number])[],
  seen: Readonly<Box>,
  shown: Readonly<Box>,
): readonly (readonly [number, number])[] {
  const scale = (axis: 0 | 1) => {
    const size = seen[axis + 2] ?? 0;
    return size > 0 ? (shown[axis + 2] ?? size) / size : 1;
  };
  return quad.map(([x, y]) => [shown[0] + (x - seen[0]) * scale(0), shown[1] + (y - seen[1]) * scale(1)]);
}
