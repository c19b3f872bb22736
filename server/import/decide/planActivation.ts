import type { ImportOptions } from '../../../protocol/models.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import type { Head } from '../deploy/heads/head.ts';
import type { FinalOp } from '../onnx/graphWalk.ts';
import { type Warning, warning } from '../warning.ts';
import type { Decisions, Guess } from './decisions.ts';

/** What the numbers that a model gave for pictures are. */
export type ScoreKind = 'distribution' | 'probabilities' | 'logits';

/** @param rows the scores of one picture each */
export function scoreKind(rows: readonly ArrayLike<number>[]): ScoreKind {
  const all = rows.map((row) => Array.from(row));
  if (!all.every((row) => row.every((value) => value >= -1e-3 && value <= 1 + 1e-3))) return 'logits';
  const isOne = (row: number[]) => Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < 0.02;
  return all.every(isOne) ? 'distribution' : 'probabilities';
}

/**
 * What turns a classifier's output into scores, and what seems wrong about it.
 */
export function planActivation(
  head: Extract<Head, { kind: 'classification' }>,
  kind: ScoreKind,
  finalOp: FinalOp | undefined,
  decisions: Decisions,
): { head: typeof head; multiLabel: boolean; warnings: Warning[] } {
  type Activation = NonNullable<ImportOptions['activation']>;
  const columns = head.isBinary ? 1 : head.classes;
  const guessed: Guess<'activation'> =
    finalOp === 'softmax' || finalOp === 'sigmoid'
      ? { value: 'none', how: 'inferred', why: reason('final_op', { op: finalOp }) }
      : kind === 'distribution' && columns > 1
        ? { value: 'none', how: 'inferred', why: reason('samples_sum_to_one') }
        : kind === 'probabilities' && finalOp === undefined
          ? { value: 'none', how: 'inferred', why: reason('samples_within_range') }
          : {
              value: columns === 1 || decisions.known('multiLabel') === true ? 'sigmoid' : 'softmax',
              how: 'inferred',
              why: finalOp ? reason('final_op', { op: finalOp }) : reason('samples_are_no_scores'),
            };
  const activation: Activation = decisions.choose('activation', guessed);
  const isMulti =
    !head.isBinary &&
    (activation === 'sigmoid' ||
      (activation === 'none' && kind === 'probabilities' && finalOp !== 'softmax'));
  const multiLabel = decisions.choose('multiLabel', {
    value: isMulti,
    how: 'inferred',
    why: reason(isMulti ? 'scores_independent' : 'scores_sum_to_one'),
  });
  // Never against what the person gave; what the values prove is still reported.
  const suggest = (value: Activation): Pick<Warning, 'suggestion'> =>
    decisions.isGiven('activation') ? {} : { suggestion: { activation: value } };
  const warnings: Warning[] = [];
  if (activation === 'none' && kind === 'logits') {
    warnings.push({
      ...warning('logits', warn('logits')),
      ...suggest(guessed.value === 'none' ? 'softmax' : guessed.value),
    });
  }
  const areScores =
    finalOp === 'softmax' || finalOp === 'sigmoid' || (kind === 'distribution' && columns > 1);
  if (activation !== 'none' && areScores && kind !== 'logits') {
    warnings.push({
      ...warning('softmax_twice', warn('softmax_twice', { why: guessed.why, activation })),
      ...suggest('none'),
    });
  }
  return { head: { ...head, activation }, multiLabel, warnings };
}
