import type { ZoomControl } from './cameraControls.ts';

/** A point in CSS pixels. */
export interface PointPx {
  readonly x: number;
  readonly y: number;
}

export const distancePx = (a: PointPx, b: PointPx): number => Math.hypot(a.x - b.x, a.y - b.y);

/**
 * The zoom after two fingers have moved apart or together: it grows by the ratio of their distances, as a picture under them
 * would.
 * @param startZoom where the pinch began
 */
export function pinchZoom(
  { min, max, step }: Pick<ZoomControl, 'min' | 'max' | 'step'>,
  startZoom: number,
  startPx: number,
  nowPx: number,
): number {
  const wanted = startPx > 0 ? (startZoom * nowPx) / startPx : startZoom;
  const stepped = min + Math.round((wanted - min) / step) * step;
  return Math.min(max, Math.max(min, Number(stepped.toFixed(4))));
}
