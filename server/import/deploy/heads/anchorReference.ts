import type { Outputs } from '../../onnx/sourceSession.ts';
import { at } from '../../onnx/tensor.ts';
import { type AnchorHead, type AnchorRows, anchorsOfHead, boxCodeOf } from './anchorHead.ts';
import type { Anchor } from './anchors.ts';
import { activate } from './outputValues.ts';

/** What stands relative to anchors for one picture, in plain JavaScript: corners in pixels, and a score for each label. */
export function decodedAnchors(
  head: AnchorHead,
  outputs: Outputs,
): { box: readonly [number, number, number, number]; scores: number[] }[] {
  const boxes = rowsOf(head.boxes, outputs);
  const scores = rowsOf(head.scores, outputs);
  const skipped = head.background === 'first' ? 1 : 0;
  return anchorsOfHead(head).map((anchor, row) => ({
    box: boxOf(head, boxes[row] ?? [], anchor),
    scores: Array.from(activate(Float64Array.from(scores[row] ?? []), head.activation)).slice(skipped),
  }));
}

function boxOf(
  head: AnchorHead,
  numbers: readonly number[],
  [x, y, width, height]: Anchor,
): readonly [number, number, number, number] {
  const code = boxCodeOf(head);
  const [a, b, c, d] = (code.yFirst ? [1, 0, 3, 2] : [0, 1, 2, 3]).map((column) => at(numbers, column));
  const [dx, dy] = [(a ?? 0) * code.place, (b ?? 0) * code.place];
  const [ex, ey] = [(c ?? 0) * code.size, (d ?? 0) * code.size];
  const inside = (value: number, most: number) => (code.isCut ? Math.min(most, Math.max(0, value)) : value);
  const [most = 0, lowest = 0] = head.unit;
  const cut = (left: number, top: number, right: number, bottom: number) =>
    [inside(left, most), inside(top, lowest), inside(right, most), inside(bottom, lowest)] as const;
  if (code.kind === 'corners') {
    const [left, top] = [x - width / 2, y - height / 2];
    return cut(left + dx * width, top + dy * height, left + width + ex * width, top + height + ey * height);
  }
  const side = (logarithm: number, of: number) =>
    Math.exp(Math.min(logarithm, code.maxLogarithm ?? Number.POSITIVE_INFINITY)) * of;
  const [centreX, centreY] = [x + dx * width, y + dy * height];
  const [wide, high] = [side(ex, width), side(ey, height)];
  return cut(centreX - wide / 2, centreY - high / 2, centreX + wide / 2, centreY + high / 2);
}

function rowsOf({ outputs: names, count, layout }: AnchorRows, outputs: Outputs): number[][] {
  return names.flatMap((name) => {
    const { data, dims } = outputs.get(name) ?? { data: new Float64Array(0), dims: [] };
    const rows = data.length / count;
    if (layout === 'rows') {
      return Array.from({ length: rows }, (_, row) =>
        Array.from(data.subarray(row * count, (row + 1) * count)),
      );
    }
    // Channels first: one plane for each number of each anchor.
    const cells = layout === 'columns' ? rows : (dims.at(-1) ?? 1) * (dims.at(-2) ?? 1);
    const perCell = rows / cells;
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: count }, (_, column) => {
        const [cell, anchor] = [Math.floor(row / perCell), row % perCell];
        return at(data, (anchor * count + column) * cells + cell);
      }),
    );
  });
}
