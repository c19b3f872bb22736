import { messageOf } from '../../protocol/errors.ts';

/** Why something about models did not work. */
export interface Problem {
  /** A code of protocol/errors.ts or of the page; what it comes to is in the catalogue of words. */
  readonly code: string;
  /** In English: what happened and what to do. */
  readonly text: string;
}

export function problemOf(error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return { code, text: messageOf(error) };
}
