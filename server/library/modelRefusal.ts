import { WordedError } from '../../protocol/errors.ts';
import { type Text, textFrom, type WireSentence } from '../../protocol/sentence.ts';
import { refusal } from '../../protocol/sentences/refusals.ts';

/** Why a model does not serve, in one line. */
export class ModelRefusal extends WordedError {
  override readonly name = 'ModelRefusal';
  constructor(
    text: Text,
    /** What is behind it, a line each. */
    readonly details: readonly string[] | undefined,
  ) {
    super(text);
  }
}

/** What is behind an error's message, where something is. */
export const refusalDetails = (error: unknown): { details?: readonly string[] } =>
  error instanceof ModelRefusal && error.details ? { details: error.details } : {};

/** Why a worker did not load a model, as it came from there; undefined where no word of it came. */
export const whyNotLoaded = (
  answer: { readonly why: string; readonly sentence?: WireSentence } | undefined,
): Text => (answer ? textFrom(answer.why, answer.sentence) : refusal('was_not_loaded'));
