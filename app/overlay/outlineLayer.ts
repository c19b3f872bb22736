import type { Outline } from '../../vision/masks/outline.ts';
import styles from './Overlay.module.css';
import { outlinePath } from './outlinePath.ts';
import type { OverlayFrame } from './overlayView.ts';
import { ShapeLayer } from './shapeLayer.ts';
import type { ShownLabel } from './trackBoard.ts';

/** Outlines and tints of masks, filled by the rule `evenodd`, so that holes stay clear. Only what changed is computed. */
export class OutlineLayer {
  readonly #shapes = new ShapeLayer({
    layer: styles.outlines,
    shape: styles.outline,
    // The dark line behind, and the line with the tint.
    paths: { halo: styles.outlineHalo, line: styles.outlineLine },
    testid: 'label-outline',
  });
  readonly element = this.#shapes.element;
  /** What was computed for each, and for which place of the picture. */
  readonly #paths = new WeakMap<Outline, { readonly place: string; readonly path: string }>();

  draw(labels: readonly ShownLabel[], frame: Pick<OverlayFrame, 'content' | 'mirrored'>): void {
    const { content, mirrored } = frame;
    const place = `${content.x} ${content.y} ${content.width} ${content.height} ${mirrored}`;
    this.#shapes.draw(labels, ({ outline }) => {
      if (outline === undefined || outline.length === 0) return undefined;
      const known = this.#paths.get(outline);
      const path = known?.place === place ? known.path : outlinePath(outline, frame);
      if (known?.place !== place) this.#paths.set(outline, { place, path });
      return { halo: path, line: path };
    });
  }
}
