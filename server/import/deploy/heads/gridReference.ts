import type { Outputs } from '../../onnx/sourceSession.ts';
import { at } from '../../onnx/tensor.ts';
import { anchorsOf, type Columns, type GridHead } from './gridHead.ts';

/** What stands in grids for one picture, in plain JavaScript: corners in pixels, and a score for each class. */
export function decodedRows(
  head: GridHead,
  outputs: Outputs,
): { box: readonly [number, number, number, number]; scores: number[] }[] {
  const boxes = rowsOf(head.boxes, outputs);
  const scores = rowsOf(head.scores, outputs);
  const own = head.objectness && rowsOf(head.objectness, outputs);
  const asScore = (value: number) =>
    head.activation === 'sigmoid' ? 1 / (1 + Math.exp(-value)) : Math.min(1, Math.max(0, value));
  return anchorsOf(head.cells).map(([x, y, stride], row) => {
    const numbers = boxes[row] ?? [];
    const objectness = own ? asScore(at(own[row] ?? [], 0)) : 1;
    return {
      box: boxOf(head, numbers, [x, y, stride]),
      scores: (scores[row] ?? []).map((value) => {
        const product = asScore(value) * objectness;
        return head.objectness?.root ? Math.sqrt(product) : product;
      }),
    };
  });
}

function boxOf(
  { coding }: GridHead,
  numbers: readonly number[],
  [x, y, stride]: readonly [number, number, number],
): readonly [number, number, number, number] {
  switch (coding) {
    case 'logarithms':
    case 'pixels': {
      const unit = coding === 'logarithms' ? stride : 1;
      const [centreX, centreY] = [x + at(numbers, 0) * unit, y + at(numbers, 1) * unit];
      const side = (value: number) => (coding === 'logarithms' ? Math.exp(value) * stride : value);
      const [width, height] = [side(at(numbers, 2)), side(at(numbers, 3))];
      return [centreX - width / 2, centreY - height / 2, centreX + width / 2, centreY + height / 2];
    }
    case 'distances':
    case 'distributions': {
      const each = numbers.length / 4;
      const distance = (edge: number) =>
        stride *
        (coding === 'distances'
          ? at(numbers, edge)
          : meanStep(numbers.slice(edge * each, (edge + 1) * each)));
      return [x - distance(0), y - distance(1), x + distance(2), y + distance(3)];
    }
    default:
      return coding satisfies never;
  }
}

/** The mean of 0, 1, 2 ... by their shares. */
function meanStep(logits: readonly number[]): number {
  const most = Math.max(...logits);
  let [sum, mean] = [0, 0];
  for (const [step, logit] of logits.entries()) {
    const power = Math.exp(logit - most);
    sum += power;
    mean += step * power;
  }
  return mean / sum;
}

export function rowsOf({ outputs: names, count, from, to }: Columns, outputs: Outputs): number[][] {
  return names.flatMap((name) => {
    const { data } = outputs.get(name) ?? { data: new Float64Array(0) };
    return Array.from({ length: data.length / count }, (_, row) =>
      Array.from(data.subarray(row * count + from, row * count + to)),
    );
  });
}
