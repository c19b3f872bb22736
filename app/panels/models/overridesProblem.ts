import { textOf } from '../../../protocol/errors.ts';
import type { Text } from '../../../protocol/sentence.ts';
import type { Words } from '../../ui/words/en.ts';
import { FieldError } from './decisionFields.ts';

/** Why what a person typed about a model cannot be used; `text`: as the readers of label files say it. */
export function overridesProblem(
  { expected, fields }: Words,
  error: unknown,
): { worded: string } | { text: Text } {
  if (!(error instanceof FieldError)) return { text: textOf(error) };
  return { worded: expected.problem(fields[error.field], expected[error.expected]) };
}
