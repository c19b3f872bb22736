/** Side of a cell, pixels: large enough to average a camera's noise out, small enough that a small object fills one. */
const CELL_PX = 10;
/** A cell that is brighter or darker by this many of 256 levels has changed; noise of 12 levels a pixel stays below. */
const CELL_LEVELS = 7;
/** So much on average, as when a cloud passes, is a change too, though each cell stays below. */
const MEAN_LEVELS = 3;

/** Mean brightness of each cell, 0..255: a tiny picture of what the model sees. */
export type LumaGrid = Float32Array;

/** @param rgba pixels, four bytes each; what is left of a cell at the right and lower edge counts to no cell */
export function lumaGrid(rgba: Uint8ClampedArray, width: number, height: number): LumaGrid {
  const columns = Math.floor(width / CELL_PX);
  const rows = Math.floor(height / CELL_PX);
  const grid = new Float32Array(columns * rows);
  for (let y = 0; y < rows * CELL_PX; y += 1) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      let at = (y * width + column * CELL_PX) * 4;
      for (let x = 0; x < CELL_PX; x += 1, at += 4) {
        // Rec. 601 in 256ths.
        sum += 77 * (rgba[at] ?? 0) + 150 * (rgba[at + 1] ?? 0) + 29 * (rgba[at + 2] ?? 0);
      }
      grid[row + column] = (grid[row + column] ?? 0) + sum / (256 * CELL_PX * CELL_PX);
    }
  }
  return grid;
}

/** Whether nothing has moved from one picture to the other. */
export function isUnchanged(before: LumaGrid, now: LumaGrid): boolean {
  if (before.length !== now.length) return false;
  let sum = 0;
  for (const [index, level] of now.entries()) {
    const difference = Math.abs(level - (before[index] ?? 0));
    if (difference > CELL_LEVELS) return false;
    sum += difference;
  }
  return sum <= MEAN_LEVELS * now.length;
}
