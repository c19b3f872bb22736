import { ClientError } from '../../client/clientError.ts';
import { messageOf, textOf } from '../../protocol/errors.ts';
import { sentenceOf, type WireSentence } from '../../protocol/sentence.ts';
import type { ListProblem } from './modelsState.ts';

/** Why something about models did not work. */
export interface Problem {
  /** A code of protocol/errors.ts or of the page; what it comes to is in the catalogue of words. */
  readonly code: string;
  /** In English: what happened and what to do. */
  readonly text: string;
  /** Of `text`, where it has one. */
  readonly sentence?: WireSentence | undefined;
}

export function problemOf(error: unknown): Problem {
  // Those of a DOMException are numbers.
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const code = isCoded ? String(error.code) : 'failed';
  const { sentence } = error instanceof ClientError ? error : sentenceOf(textOf(error));
  return { code, text: messageOf(error), ...(sentence && { sentence }) };
}

/** Why the list of models could not be read. */
export function listProblem(error: unknown): ListProblem {
  if (error instanceof ClientError && error.code === 'unreachable') return { kind: 'away' };
  return { kind: 'refused', problem: problemOf(error) };
}
