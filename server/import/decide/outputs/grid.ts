import type { Arrangement } from '../../onnx/sourceSession.ts';

/** Decoded centres stay about their cells; half of them within this share of the picture's side. */
const NEAR = 0.15;

/** Whether boxes of centre and size, one for each cell of all grids, stand where their cells are. */
export function followsGrid(
  boxes: readonly (readonly number[])[],
  strides: readonly number[],
  { width, height }: Arrangement,
): boolean {
  const cells = strides.flatMap((stride) => {
    const [across, down] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    return Array.from({ length: across * down }, (_, at) => [
      (((at % across) + 0.5) * stride) / width,
      ((Math.floor(at / across) + 0.5) * stride) / height,
    ]);
  });
  const isFollowing = (unitX: number, unitY: number) => {
    const distances = boxes.map(([x = 0, y = 0], at) => {
      const [cellX = 0, cellY = 0] = cells[at % cells.length] ?? [];
      return Math.max(Math.abs(x / unitX - cellX), Math.abs(y / unitY - cellY));
    });
    return (distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 1) < NEAR;
  };
  return isFollowing(width, height) || isFollowing(1, 1);
}
