import { WordedError } from '../../protocol/errors.ts';
import type { ImportQuestion } from '../../protocol/models.ts';
import type { Text } from '../../protocol/sentence.ts';

/** Why an import ended, and whether trying again can help. */
const importErrorCodes = {
  /** The source could not be fetched: no network, no such version. */
  source_unreachable: { retryable: true },
  /** What was given is no address, path or name of a kind that is known, or there is nothing there. */
  unknown_source: { retryable: false },
  /** An address that no one may make this machine ask, or one that asks for a token. */
  forbidden_source: { retryable: false },
  /** What was fetched is not what is pinned. */
  integrity_mismatch: { retryable: false },
  /** The archive, the graph's JSON or a weight shard breaks its own format. */
  malformed_source: { retryable: false },
  /** The graph uses an operation that the op table lacks. */
  unsupported_op: { retryable: false },
  /** The op is known, but not with this attribute, rank or kind of operand. */
  unsupported_use: { retryable: false },
  /** It is in order, but it is not a model of one picture, or its answers are of no kind that we know. */
  unsupported_model: { retryable: false },
  /** What cannot be inferred must be said; the message names the options. */
  needs_options: { retryable: false },
  /** It is larger, or claims to be larger, than what is taken. */
  too_large: { retryable: false },
  /** The graph cannot be run: the runtime refuses it, or it fails on a picture. */
  unrunnable: { retryable: false },
  /** The process that inspected it crashed, or needed more memory or time than it may have. */
  importer_died: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;
export type ImportErrorCode = keyof typeof importErrorCodes;

/** The only error an import throws on purpose. The message says what was expected, what came, and where. */
export class ImportError extends WordedError {
  readonly code: ImportErrorCode;
  readonly retryable: boolean;
  /** Of `needs_options`: the field that must be given, where its values are few. */
  readonly question: ImportQuestion | undefined;

  constructor(
    code: ImportErrorCode,
    text: Text,
    { question, ...options }: ErrorOptions & { question?: ImportQuestion | undefined } = {},
  ) {
    super(text, options);
    this.name = 'ImportError';
    this.code = code;
    this.retryable = importErrorCodes[code].retryable;
    this.question = question;
  }
}
