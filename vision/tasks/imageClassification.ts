import * as v from 'valibot';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Score } from '../../protocol/vocabulary.ts';
import type { Detection } from '../tracker.ts';
import {
  GOLDEN_TOLERANCE,
  type GoldenComparison,
  isAsGoodAs,
  OwnTolerance,
  roundForRecord,
  scoreText,
  shortLabel,
  toScore,
} from './comparison.ts';
import { dataOf, type TaskDefinition } from './task.ts';

/** One score for each line of the labels file. */
export interface ClassificationAnswer {
  readonly task: 'image-classification';
  readonly scores: Float32Array;
}

/** The best names of the whole picture, best first. */
export interface NamesAnswer {
  readonly task: 'image-classification';
  readonly names: readonly Detection[];
}

const ClassificationGolden = v.strictObject({
  recordedBy: v.string(),
  /** One for each line of the labels file. */
  scores: v.array(Score),
  tolerance: v.optional(OwnTolerance),
});
export type ClassificationGolden = v.InferOutput<typeof ClassificationGolden>;

/**
 * Names of the whole picture. Output of `main`:
 *   `scores`  float32 [N, C]  0..1, one for each line of the labels file; where not `multiLabel`, a row sums to 1
 */
export const imageClassification: TaskDefinition<ClassificationAnswer, ClassificationGolden, NamesAnswer> = {
  name: 'image-classification',
  graphs: ['main'],
  golden: ClassificationGolden,
  inPicture: v.object({
    task: v.literal('image-classification'),
    names: v.array(v.object({ label: v.string(), score: Score })),
  }),
  follow: 'names',
  truth: 'names',
  batch: 'pictures',
  async run({ picture, inputName, labels, runGraph }) {
    const scores = dataOf(await runGraph('main', { [inputName]: picture }), 'scores', Float32Array);
    if (scores.length !== labels.length) {
      throw new Error(`The graph gives ${scores.length} scores, the labels file has ${labels.length} lines.`);
    }
    return { task: 'image-classification', scores };
  },
  record: ({ scores }, { recordedBy }) => ({ recordedBy, scores: Array.from(scores, roundForRecord) }),
  compare: ({ scores: expected, tolerance = GOLDEN_TOLERANCE }, { scores: found }) =>
    compareScores(expected, found, tolerance),
  worstDifference({ scores: recorded }, { scores: found }, labels) {
    if (recorded.length !== found.length) return undefined;
    const gap = (at: number) => {
      const difference = Math.abs((found[at] ?? Number.NaN) - (recorded[at] ?? 0));
      return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    };
    const at = recorded.reduce((worst, _, one) => (gap(one) > gap(worst) ? one : worst), 0);
    const name = labels[at];
    return refusal('worst_score', {
      label: name === undefined ? refusal('label_number', { number: at + 1 }) : shortLabel(name),
      recorded: scoreText(recorded[at]),
      found: scoreText(found[at]),
    });
  },
  maxLabels: ({ multiLabel }) => (multiLabel ? 10 : 5),
  toPicture: ({ scores }, { labels, maxLabels }) => ({
    task: 'image-classification',
    names: labels
      .map((label, line) => ({ label, score: toScore(scores[line]) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, maxLabels),
  }),
  labelsOf: ({ names }) => names,
};

function compareScores(
  expected: readonly number[],
  found: Float32Array,
  tolerance: Pick<OwnTolerance, 'score'>,
): GoldenComparison {
  if (expected.length !== found.length) {
    const differences = [`${expected.length} scores recorded, the graph gives ${found.length}`];
    return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
  }
  let largest = 0;
  let at = 0;
  expected.forEach((score, line) => {
    // A score that is not a number differs from everything.
    const difference = Math.abs((found[line] ?? Number.NaN) - score);
    if (!(difference <= largest)) {
      largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      at = line;
    }
  });
  const [top, foundTop] = [Math.max(...expected), Math.max(...found)];
  const sameTop = expected.some((score, line) => found[line] === foundTop && isAsGoodAs(score, top));
  const differences =
    largest <= tolerance.score
      ? []
      : [
          `score ${expected[at]?.toFixed(4)} recorded for label ${at + 1}, the graph gives ${found[at]?.toFixed(4)}`,
        ];
  return { differences, largest, sameTop };
}
