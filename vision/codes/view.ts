import type { Point } from '../quad.ts';
import type { GreyPicture } from './greyPicture.ts';

/**
 * A way to look at a part of a picture: turned, enlarged, or with lines left out. Pixel [column, row] of the view shows
 * `origin + column * xAxis + row * yAxis`.
 */
export interface View {
  readonly origin: Point;
  readonly xAxis: Point;
  readonly yAxis: Point;
  readonly width: number;
  readonly height: number;
}

/** Where a point of the view is in the picture. */
export const toPicture = ({ origin, xAxis, yAxis }: View, [x, y]: Point): Point => [
  origin[0] + x * xAxis[0] + y * yAxis[0],
  origin[1] + x * xAxis[1] + y * yAxis[1],
];

/** A view around `centre` whose axes have these directions and steps, in pixels of the picture. */
export function viewAround(centre: Point, { xAxis, yAxis, width, height }: Omit<View, 'origin'>): View {
  const origin: Point = [
    centre[0] - ((width - 1) / 2) * xAxis[0] - ((height - 1) / 2) * yAxis[0],
    centre[1] - ((width - 1) / 2) * xAxis[1] - ((height - 1) / 2) * yAxis[1],
  ];
  return { origin, xAxis, yAxis, width, height };
}

/**
 * The whole picture, turned so that what runs at `degrees` (clockwise from the x axis) runs from left to right.
 * @param lineStep every how many pixels there is a line
 */
export function turnedView(
  { width, height }: Pick<GreyPicture, 'width' | 'height'>,
  degrees: number,
  lineStep = 1,
): View {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const along = Math.abs(width * cos) + Math.abs(height * sin);
  const across = Math.abs(width * sin) + Math.abs(height * cos);
  return viewAround([(width - 1) / 2, (height - 1) / 2], {
    xAxis: [cos, sin],
    yAxis: [-sin * lineStep, cos * lineStep],
    width: Math.max(1, Math.round(along)),
    height: Math.max(1, Math.round(across / lineStep)),
  });
}

/** The pixels that a view shows, between four neighbours each; white outside of the picture. */
export function pixelsOf(picture: GreyPicture, view: View): GreyPicture {
  const { data, width, height } = picture;
  const pixels = new Uint8Array(view.width * view.height).fill(255);
  const [stepX, stepY] = view.xAxis;
  const [lastX, lastY] = [width - 1, height - 1];
  for (let row = 0; row < view.height; row++) {
    const [startX, startY] = toPicture(view, [0, row]);
    const [from, to] = columnsInside([startX, startY], view, [lastX, lastY]);
    let x = startX + from * stepX;
    let y = startY + from * stepY;
    for (let at = row * view.width + from; at < row * view.width + to; at++, x += stepX, y += stepY) {
      const left = x | 0;
      const top = y | 0;
      const shareX = ((x - left) * 256) | 0;
      const shareY = ((y - top) * 256) | 0;
      const i = top * width + left;
      const a = data[i] as number;
      const b = data[i + 1] as number;
      const c = data[i + width] as number;
      const d = data[i + width + 1] as number;
      const upper = a * 256 + (b - a) * shareX;
      const lower = c * 256 + (d - c) * shareX;
      pixels[at] = (upper * 256 + (lower - upper) * shareY) >> 16;
    }
  }
  return { data: pixels, width: view.width, height: view.height };
}

/** The columns of a row, from one to before another, whose four neighbours are in the picture. */
function columnsInside(start: Point, view: View, last: Point): [number, number] {
  let from = 0;
  let to = view.width;
  for (const axis of [0, 1] as const) {
    const step = view.xAxis[axis];
    const [low, high] = [0.01, last[axis] - 0.01];
    if (Math.abs(step) < 1e-9) {
      if (start[axis] < low || start[axis] > high) return [0, 0];
      continue;
    }
    const ends = [(low - start[axis]) / step, (high - start[axis]) / step];
    from = Math.max(from, Math.ceil(Math.min(...ends)));
    to = Math.min(to, Math.floor(Math.max(...ends)) + 1);
  }
  return from < to ? [from, to] : [0, 0];
}
