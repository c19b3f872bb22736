import { labelColour } from '../../app/overlay/labelColour.ts';
import { outlinePath } from '../../app/overlay/outlinePath.ts';
import { skeletonOf } from '../../app/overlay/skeleton.ts';
import type { ShownLabel } from '../../app/overlay/trackBoard.ts';
import type { OverlayPlace } from './elementOverlay.ts';

const SVG = 'http://www.w3.org/2000/svg';
const PARTS = ['halo', 'outline', 'bones', 'joints'] as const;

/** Outlines with their tints, and skeletons, over the picture of the element. */
export class ElementShapes {
  readonly element = document.createElementNS(SVG, 'svg');
  readonly #shown = new Map<number, readonly SVGPathElement[]>();

  draw(labels: readonly ShownLabel[], place: Pick<OverlayPlace, 'content' | 'mirrored'>): void {
    const gone = new Set(this.#shown.keys());
    for (const { label, outline, points, layout, leaving } of labels) {
      if (outline === undefined && points === undefined) continue;
      gone.delete(label.id);
      const paths = this.#shown.get(label.id) ?? this.#add(label.id);
      const { bones, joints } = skeletonOf(points ?? [], layout, place);
      const edge = outlinePath(outline ?? [], place);
      const data = [edge + bones, edge, bones, joints];
      for (const [at, path] of paths.entries()) path.setAttribute('d', data[at] ?? '');
      paths[0]?.parentElement?.classList.toggle('leaving', leaving);
    }
    for (const id of gone) {
      this.#shown.get(id)?.[0]?.parentElement?.remove();
      this.#shown.delete(id);
    }
  }

  #add(id: number): readonly SVGPathElement[] {
    const group = document.createElementNS(SVG, 'g');
    group.style.setProperty('--label', labelColour(id));
    const paths = PARTS.map((part) => {
      const path = document.createElementNS(SVG, 'path');
      path.classList.add(part);
      path.part.add(part);
      return path;
    });
    group.append(...paths);
    this.element.append(group);
    this.#shown.set(id, paths);
    return paths;
  }
}
