import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import type { Output } from './found.ts';

/** Alphabets are at least that large, with the blank between two letters. */
const MIN_CHARACTERS = 30;

/** What a model looks like that is neither a classifier, an embedding nor a detector, as near as its shapes show. */
export function unknownFamily(
  outputs: readonly Output[],
  { width, height }: Pick<Arrangement, 'width' | 'height'>,
): Sentence {
  for (const { name, dims } of outputs) {
    const sides = dims.filter((side) => side !== 1);
    if (sides.length === 2 && sides[0] === height && sides[1] === width && height > 1) {
      return aboutOutputs('family_pixels', { name });
    }
  }
  const line = outputs.find(({ dims, samples }) => dims.length === 2 && areRowsScores(dims, samples));
  if (line) {
    const [steps = 0, characters = 0] = line.dims;
    return aboutOutputs('family_text', { name: line.name, steps, characters });
  }
  return aboutOutputs('task_undetermined');
}

/** Whether each row is a softmax over characters. */
function areRowsScores(
  [rows = 0, columns = 0]: readonly number[],
  samples: readonly Float64Array[],
): boolean {
  if (rows < 2 || columns < MIN_CHARACTERS) return false;
  return samples.every((values) => {
    for (let row = 0; row < rows; row++) {
      const scores = values.subarray(row * columns, (row + 1) * columns);
      const sum = scores.reduce((total, score) => total + score, 0);
      if (Math.abs(sum - 1) > 0.01 || scores.some((score) => score < 0)) return false;
    }
    return true;
  });
}

/** Objectron's: nine corners (x, y) and a score. */
export function boxInSpace(outputs: readonly Output[]): Sentence | undefined {
  const sizeOf = ({ dims }: Output) => dims.reduce((count, side) => count * side, 1);
  const [corners, score] = [18, 1].map((size) => outputs.find((output) => sizeOf(output) === size));
  return outputs.length === 2 && corners && score
    ? aboutOutputs('family_corners', { name: corners.name, score: score.name })
    : undefined;
}
