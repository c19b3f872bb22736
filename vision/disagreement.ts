import { isOutsideReference, isRecordOf } from './golden.ts';
import type { GoldenCase } from './runGoldens.ts';
import { taskOf } from './tasks/taskOf.ts';

/** What goldens say against a model. */
export interface Disagreement {
  /** One line: the number of pictures that differ, and the difference of the worst. */
  readonly summary: string;
  /** A line for each difference, those of a picture together; at most `MAX_DETAILS`. */
  readonly details: readonly string[];
}

export const MAX_DETAILS = 50;

/**
 * @param cases all goldens of a model
 * @param labels of the model, for the names of scores
 * @returns undefined where nothing differs by more than is allowed
 */
export function disagreementOf(
  cases: readonly GoldenCase[],
  labels: readonly string[],
): Disagreement | undefined {
  const wrong = cases.filter(({ comparison }) => comparison.differences.length > 0);
  const [worst] = wrong.toSorted((a, b) => b.comparison.largest - a.comparison.largest);
  if (worst === undefined) return undefined;
  const where = isOutsideReference(worst.golden.recordedBy) ? 'where it was trained' : 'when it was imported';
  const name = fileName(worst.picture);
  const many = `${wrong.length} of ${cases.length} recorded pictures ${wrong.length === 1 ? 'differs' : 'differ'}`;
  const text = worstText(worst, labels) ?? worst.comparison.differences[0];
  const lines = wrong.flatMap(({ picture, comparison }) =>
    comparison.differences.map((difference) => `${fileName(picture)}: ${difference}`),
  );
  const left = lines.length - MAX_DETAILS;
  return {
    summary: `It does not answer as ${where}: ${many}, the worst is ${name}: ${text}.`,
    details: left > 0 ? [...lines.slice(0, MAX_DETAILS - 1), `… and ${left + 1} more`] : lines,
  };
}

const fileName = (picture: string) => picture.slice(picture.lastIndexOf('/') + 1);

/** Undefined where both are not of one kind or size. */
const worstText = ({ golden, answer }: GoldenCase, labels: readonly string[]): string | undefined =>
  isRecordOf(golden, answer) ? taskOf(answer.task).worstDifference?.(golden, answer, labels) : undefined;
