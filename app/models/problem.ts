import { ClientError } from '../../client/clientError.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { ListProblem } from './modelsState.ts';

/** Why something about models did not work. */
export interface Problem {
  /** A code of protocol/errors.ts or of the page; what it comes to is in the catalogue of words. */
  readonly code: string;
  /** In English: what happened and what to do. */
  readonly text: string;
}

export function problemOf(error: unknown): Problem {
  // Those of a DOMException are numbers.
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const code = isCoded ? String(error.code) : 'failed';
  return { code, text: messageOf(error) };
}

/** Why the list of models could not be read. */
export function listProblem(error: unknown): ListProblem {
  if (error instanceof ClientError && error.code === 'unreachable') return { kind: 'away' };
  return { kind: 'refused', problem: problemOf(error) };
}
