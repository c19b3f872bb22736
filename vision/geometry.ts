/**
 * x, y, width, height in 0..1 of a frame, from its top left. The one box format of the project: on the wire, in
 * the tracker and in the page; pixels appear only where something is drawn.
 */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** All of a frame. */
export const WHOLE: Box = [0, 0, 1, 1];

/** Intersection over union of two boxes, 0..1; 0 where both are empty. */
export function iou(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared === 0 ? 0 : shared / (a[2] * a[3] + b[2] * b[3] - shared);
}

/** The area of what lies in both boxes; 0 where nothing does. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

/** How much of the smaller box lies in the other, 0..1; 0 where nothing does. */
export function shareOfSmaller(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared === 0 ? 0 : shared / Math.min(a[2] * a[3], b[2] * b[3]);
}

/** The box grown on every side by `ratio` of its own width and height. */
export function grow(box: Box, ratio: number): Box {
  const [x, y, width, height] = box;
  return [x - width * ratio, y - height * ratio, width * (1 + 2 * ratio), height * (1 + 2 * ratio)];
}

/** The part of the box that lies inside the frame. */
export function clip(box: Box): Box {
  const left = clamp01(box[0]);
  const top = clamp01(box[1]);
  return [left, top, clamp01(box[0] + box[2]) - left, clamp01(box[1] + box[3]) - top];
}

/** Narrower than this, in 0..1 of a frame, a box is empty: no model sees so little, and rounding to four digits keeps more. */
const LEAST_SIDE = 0.0002;

/** The part of a box that lies inside the frame; undefined where there is none, or the box has a number that is none. */
export function visiblePart(box: Box): Box | undefined {
  if (!box.every(Number.isFinite)) return undefined;
  const part = clip(box);
  return part[2] >= LEAST_SIDE && part[3] >= LEAST_SIDE ? part : undefined;
}

/** A rectangle in pixels of whatever it is laid out in. */
export interface RectPx {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Where a picture of `content` size lands in a `container` when scaled as CSS `object-fit` does and centred.
 * With `cover` the rectangle may reach beyond the container. Sizes in pixels.
 */
export function fitRect(
  content: { width: number; height: number },
  container: { width: number; height: number },
  fit: 'cover' | 'contain',
): RectPx {
  const ratios = [container.width / content.width, container.height / content.height] as const;
  const scale = fit === 'cover' ? Math.max(...ratios) : Math.min(...ratios);
  const width = content.width * scale;
  const height = content.height * scale;
  return { x: (container.width - width) / 2, y: (container.height - height) / 2, width, height };
}

/** A box of the frame as a rectangle on the screen; `frame` is where the frame lies there (see fitRect). */
export function boxOnScreen(box: Box, frame: RectPx, mirrored: boolean): RectPx {
  const x = mirrored ? 1 - box[0] - box[2] : box[0];
  return {
    x: frame.x + x * frame.width,
    y: frame.y + box[1] * frame.height,
    width: box[2] * frame.width,
    height: box[3] * frame.height,
  };
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}
