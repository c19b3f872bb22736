import type { Sentence, Text } from '../protocol/sentence.ts';
import { refusal } from '../protocol/sentences/refusals.ts';
import { isOutsideReference, isRecordOf } from './golden.ts';
import type { GoldenCase } from './runGoldens.ts';
import { taskOf } from './tasks/taskOf.ts';

/** What goldens say against a model. */
export interface Disagreement {
  /** One line: the number of pictures that differ, and the difference of the worst. */
  readonly summary: Sentence;
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
  const lines = wrong.flatMap(({ picture, comparison }) =>
    comparison.differences.map((difference) => `${fileName(picture)}: ${difference}`),
  );
  const left = lines.length - MAX_DETAILS;
  return {
    summary: refusal('goldens_disagree', {
      when: refusal(isOutsideReference(worst.golden.recordedBy) ? 'when_trained' : 'when_imported'),
      count: wrong.length,
      of: cases.length,
      picture: fileName(worst.picture),
      worst: worstText(worst, labels) ?? worst.comparison.differences[0] ?? '',
    }),
    details: left > 0 ? [...lines.slice(0, MAX_DETAILS - 1), `… and ${left + 1} more`] : lines,
  };
}

const fileName = (picture: string) => picture.slice(picture.lastIndexOf('/') + 1);

/** Undefined where both are not of one kind or size. */
const worstText = ({ golden, answer }: GoldenCase, labels: readonly string[]): Text | undefined =>
  isRecordOf(golden, answer) ? taskOf(answer.task).worstDifference?.(golden, answer, labels) : undefined;
