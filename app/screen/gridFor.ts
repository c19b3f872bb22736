import { fitRect } from '../../vision/geometry.ts';

/** Columns and rows of a wall. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The grid in which pictures of these shapes are largest together, each of them whole in its tile.
 * @param aspects width / height of each picture
 * @param wall in CSS pixels
 */
export function gridFor(
  aspects: readonly number[],
  wall: { width: number; height: number },
  gapPx: number,
): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, aspects.length) };
  let bestArea = -1;
  for (let columns = 1; columns <= aspects.length; columns++) {
    const rows = Math.ceil(aspects.length / columns);
    const tile = tileSize({ columns, rows }, wall, gapPx);
    if (tile.width <= 0 || tile.height <= 0) continue;
    let area = 0;
    for (const aspect of aspects) {
      const { width, height } = fitRect({ width: aspect, height: 1 }, tile, 'contain');
      area += width * height;
    }
    // Of two that are as good, the one with fewer columns: its tiles are wider.
    if (area > bestArea * 1.0001) [best, bestArea] = [{ columns, rows }, area];
  }
  return best;
}

/** The size of a tile of this grid, in CSS pixels. */
export function tileSize(
  { columns, rows }: Grid,
  wall: { width: number; height: number },
  gapPx: number,
): { width: number; height: number } {
  return {
    width: (wall.width - (columns - 1) * gapPx) / columns,
    height: (wall.height - (rows - 1) * gapPx) / rows,
  };
}
