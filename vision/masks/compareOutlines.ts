import type { Outline } from './outline.ts';

/** Cells a side of the grid on which outlines are compared. */
const GRID = 128;

/** Intersection over union of what two outlines enclose, 0..1, on a grid of 128 cells a side; 1 where both enclose nothing. */
export function outlineIou(a: Outline, b: Outline): number {
  const [first, second] = [fillOutline(a, GRID, GRID), fillOutline(b, GRID, GRID)];
  let [shared, all] = [0, 0];
  for (const [at, cell] of first.entries()) {
    const other = second[at] ?? 0;
    shared += cell & other;
    all += cell | other;
  }
  return all === 0 ? 1 : shared / all;
}

/** The cells of a grid over 0..1 whose middles an outline encloses: 1, row by row; all others 0. */
export function fillOutline(outline: Outline, width: number, height: number): Uint8Array {
  const cells = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const y = (row + 0.5) / height;
    const crossings: number[] = [];
    for (const ring of outline) {
      for (let at = 0; at + 1 < ring.length; at += 2) {
        const end = (at + 2) % ring.length;
        const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [ring[at], ring[at + 1], ring[end], ring[end + 1]];
        if (y1 > y === y2 > y) continue;
        crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
      }
    }
    crossings.sort((one, other) => one - other);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil((crossings[pair] ?? 0) * width - 0.5));
      const to = Math.min(width, Math.ceil((crossings[pair + 1] ?? 0) * width - 0.5));
      if (to > from) cells.fill(1, row * width + from, row * width + to);
    }
  }
  return cells;
}
