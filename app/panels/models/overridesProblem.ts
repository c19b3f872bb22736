import { messageOf } from '../../../protocol/errors.ts';
import type { Words } from '../../ui/words/en.ts';
import { FieldError } from './decisionFields.ts';

/** Why what a person typed about a model cannot be used; `isEnglish`: in English only, as the readers of label files say it. */
export function overridesProblem(
  { expected, fields }: Words,
  error: unknown,
): { text: string; isEnglish: boolean } {
  if (!(error instanceof FieldError)) return { text: messageOf(error), isEnglish: true };
  return { text: expected.problem(fields[error.field], expected[error.expected]), isEnglish: false };
}
