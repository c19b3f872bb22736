import type { OverlayFrame } from './overlayView.ts';
import styles from './Skeleton.module.css';
import { ShapeLayer } from './shapeLayer.ts';
import { skeletonOf } from './skeleton.ts';
import type { ShownLabel } from './trackBoard.ts';

/** The key points of things and the lines between them. The name of a thing says how many of its points are found. */
export class SkeletonLayer {
  readonly #shapes = new ShapeLayer({
    layer: styles.skeletons,
    shape: styles.skeleton,
    // The halo is dark, so that the lines are seen on any picture.
    paths: { halo: styles.halo, bones: styles.bones, joints: styles.joints },
    testid: 'skeleton',
  });
  readonly element = this.#shapes.element;

  draw(labels: readonly ShownLabel[], frame: Pick<OverlayFrame, 'content' | 'mirrored'>): void {
    this.#shapes.draw(labels, ({ points, layout }) => {
      if (points === undefined) return undefined;
      const { bones, joints } = skeletonOf(points, layout, frame);
      return { halo: bones, bones, joints };
    });
  }
}
