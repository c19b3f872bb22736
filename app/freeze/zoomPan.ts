import type { RectPx } from '../../vision/geometry.ts';

/** How a picture is magnified: its place without magnification is multiplied by `scale`, then moved. CSS pixels. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const NO_ZOOM: Zoom = { scale: 1, x: 0, y: 0 };

const MAX_SCALE = 8;

/** Where the picture lies on the screen, in the pixels of `content`. */
export const zoomed = (content: RectPx, { scale, x, y }: Zoom): RectPx => ({
  x: content.x * scale + x,
  y: content.y * scale + y,
  width: content.width * scale,
  height: content.height * scale,
});

/**
 * Magnifies by a factor; the point stays where it is, as far as the picture has an edge to spare there.
 * @param content where the picture lies without magnification
 */
export function zoomAt(
  zoom: Zoom,
  factor: number,
  point: { readonly x: number; readonly y: number },
  content: RectPx,
  viewport: { readonly width: number; readonly height: number },
): Zoom {
  const scale = Math.min(MAX_SCALE, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  const moved = { scale, x: point.x - (point.x - zoom.x) * ratio, y: point.y - (point.y - zoom.y) * ratio };
  return within(moved, content, viewport);
}

/** Moves the picture, as far as it reaches beyond the window. */
export function panBy(
  zoom: Zoom,
  by: { readonly x: number; readonly y: number },
  content: RectPx,
  viewport: { readonly width: number; readonly height: number },
): Zoom {
  return within({ ...zoom, x: zoom.x + by.x, y: zoom.y + by.y }, content, viewport);
}

/** No gap opens between the picture and the window; where it is smaller than the window it stays in the middle. */
function within(zoom: Zoom, content: RectPx, viewport: { width: number; height: number }): Zoom {
  if (zoom.scale === 1) return NO_ZOOM;
  const rect = zoomed(content, zoom);
  return {
    scale: zoom.scale,
    x: zoom.x + correction(rect.x, rect.width, viewport.width),
    y: zoom.y + correction(rect.y, rect.height, viewport.height),
  };
}

function correction(start: number, length: number, available: number): number {
  if (length <= available) return (available - length) / 2 - start;
  if (start > 0) return -start;
  return Math.max(0, available - length - start);
}
