import type { LineSelection } from './lineButtons.ts';
import styles from './Overlay.module.css';
import type { OverlayFrame } from './overlayView.ts';
import type { ShownLabel } from './trackBoard.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Outlines of what was read, in the perspective of the picture: one polygon for each label that has a quad. */
export class QuadLayer {
  readonly element = document.createElementNS(SVG, 'svg');
  readonly #shown = new Map<number, { polygon: SVGPolygonElement; written: string; text: string }>();

  constructor() {
    this.element.setAttribute('class', styles.quads ?? '');
    this.element.setAttribute('aria-hidden', 'true');
  }

  draw(
    labels: readonly ShownLabel[],
    { content, mirrored }: Pick<OverlayFrame, 'content' | 'mirrored'>,
    selection: Pick<LineSelection, 'isSelected'> | undefined,
  ): void {
    const gone = new Set(this.#shown.keys());
    for (const { label, quad, leaving } of labels) {
      if (quad === undefined) continue;
      gone.delete(label.id);
      const shown = this.#shown.get(label.id) ?? this.#add(label.id);
      const points = quad
        .map(([x, y]) => [content.x + (mirrored ? 1 - x : x) * content.width, content.y + y * content.height])
        .map((point) => point.map((value) => value.toFixed(1)).join())
        .join(' ');
      // Only what changed is written: this is called for every picture of a camera.
      if (points !== shown.written) {
        shown.written = points;
        shown.polygon.setAttribute('points', points);
      }
      const isSelected = label.format === undefined && selection?.isSelected(label.id) === true;
      const text = `${label.label}|${label.format}|${leaving}|${isSelected}`;
      if (text === shown.text) continue;
      shown.text = text;
      const { dataset } = shown.polygon;
      dataset.label = label.label;
      dataset.kind = label.format === undefined ? 'text' : 'code';
      shown.polygon.toggleAttribute('data-leaving', leaving);
      shown.polygon.toggleAttribute('data-selected', isSelected);
    }
    for (const id of gone) this.#remove(id);
  }

  #add(id: number) {
    const polygon = document.createElementNS(SVG, 'polygon');
    polygon.setAttribute('class', styles.quad ?? '');
    polygon.dataset.testid = 'label-quad';
    polygon.dataset.track = String(id);
    this.element.append(polygon);
    const shown = { polygon, written: '', text: '' };
    this.#shown.set(id, shown);
    return shown;
  }

  #remove(id: number): void {
    this.#shown.get(id)?.polygon.remove();
    this.#shown.delete(id);
  }
}
