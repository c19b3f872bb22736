import { type Box, WHOLE } from '../../vision/geometry.ts';

/** Side of a cell, pixels: large enough to average a camera's noise out, small enough that a small object fills one. */
const CELL_PX = 10;
/** A cell that is brighter or darker by this many of 256 levels has changed; noise of 12 levels a pixel stays below. */
const CELL_LEVELS = 7;
/** So much on average, as when a cloud passes, is a change too, though each cell stays below. */
const MEAN_LEVELS = 3;

/** A tiny picture of what the model sees. */
export interface LumaGrid {
  /** Mean brightness of each cell, 0..255, row by row. */
  readonly levels: Float32Array;
  readonly columns: number;
  readonly rows: number;
}

/** @param rgba pixels, four bytes each; what is left of a cell at the right and lower edge counts to no cell */
export function lumaGrid(rgba: Uint8ClampedArray, width: number, height: number): LumaGrid {
  const columns = Math.floor(width / CELL_PX);
  const rows = Math.floor(height / CELL_PX);
  const levels = new Float32Array(columns * rows);
  for (let y = 0; y < rows * CELL_PX; y += 1) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      let at = (y * width + column * CELL_PX) * 4;
      for (let x = 0; x < CELL_PX; x += 1, at += 4) {
        // Rec. 601 in 256ths.
        sum += 77 * (rgba[at] ?? 0) + 150 * (rgba[at + 1] ?? 0) + 29 * (rgba[at + 2] ?? 0);
      }
      levels[row + column] = (levels[row + column] ?? 0) + sum / (256 * CELL_PX * CELL_PX);
    }
  }
  return { levels, columns, rows };
}

/**
 * What changed from one picture to the other.
 * @returns the box around it, in 0..1 of what the model sees; the whole where there is none to compare with, or the light is another;
 * undefined: nothing has moved
 */
export function changeBetween(before: LumaGrid | undefined, now: LumaGrid): Box | undefined {
  if (!before || before.columns !== now.columns || before.rows !== now.rows) return WHOLE;
  const { levels, columns, rows } = now;
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  let sum = 0;
  for (const [index, level] of levels.entries()) {
    const difference = Math.abs(level - (before.levels[index] ?? 0));
    sum += difference;
    if (difference <= CELL_LEVELS) continue;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
  }
  if (sum > MEAN_LEVELS * levels.length) return WHOLE;
  if (right === 0) return undefined;
  return [left / columns, top / rows, (right - left) / columns, (bottom - top) / rows];
}
