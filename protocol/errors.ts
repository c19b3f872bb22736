import { Sentence, type Text } from './sentence.ts';
import { WORK } from './sentences/work.ts';

/**
 * Every way in which the server says no, in one table: over the socket (`error.code` and the close code), over
 * HTTP (status), and whether the same request may succeed later without a change on the client's side.
 *
 * Close codes: 1000-1013 are RFC 6455's and IANA's, 4000-4999 are ours; where there is a near HTTP status the
 * last three digits follow it.
 */
export const ERRORS = {
  bad_request: { close: 4400, http: 400, retryable: false },
  malformed_message: { close: 4400, http: 400, retryable: false },
  malformed_frame: { close: 4422, http: 400, retryable: false },
  unsupported_version: { close: 4426, http: 426, retryable: false },
  expected_hello: { close: 4428, http: 400, retryable: false },
  hello_timeout: { close: 4408, http: 408, retryable: true },
  unauthorized: { close: 4401, http: 401, retryable: false },
  token_expired: { close: 4401, http: 401, retryable: false },
  insufficient_scope: { close: 4403, http: 403, retryable: false },
  forbidden_origin: { close: 4403, http: 403, retryable: false },
  forbidden_admin: { close: 4403, http: 403, retryable: false },
  unknown_model: { close: 4404, http: 404, retryable: false },
  unknown_collection: { close: 4404, http: 404, retryable: false },
  not_found: { close: 4404, http: 404, retryable: false },
  method_not_allowed: { close: 4405, http: 405, retryable: false },
  not_acceptable: { close: 4406, http: 406, retryable: false },
  conflict: { close: 4409, http: 409, retryable: false },
  frame_without_credit: { close: 4409, http: 409, retryable: false },
  frame_too_large: { close: 1009, http: 413, retryable: false },
  frame_too_costly: { close: 4422, http: 422, retryable: false },
  too_fragmented: { close: 1008, http: 400, retryable: false },
  model_too_large: { close: 1009, http: 413, retryable: false },
  undecodable: { close: 4415, http: 415, retryable: false },
  rate_limited: { close: 4429, http: 429, retryable: true },
  slow_reader: { close: 4413, http: 408, retryable: true },
  server_busy: { close: 1013, http: 503, retryable: true },
  keys_unavailable: { close: 1013, http: 503, retryable: true },
  not_ready: { close: 1013, http: 503, retryable: true },
  stale: { close: 1013, http: 503, retryable: true },
  worker_lost: { close: 1011, http: 503, retryable: true },
  restarting: { close: 1012, http: 503, retryable: true },
  not_writable: { close: 4507, http: 507, retryable: false },
  no_memory: { close: 4507, http: 507, retryable: false },
  internal: { close: 1011, http: 500, retryable: true },
} as const satisfies Record<string, { close: number; http: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error whose message is a sentence with a code of its own, for readers in other languages, or English alone. */
export class WordedError extends Error {
  /** The message; `message` is its English. */
  readonly text: Text;
  constructor(text: Text, options?: ErrorOptions) {
    super(String(text), options);
    this.text = text;
  }
}

/** An error with a code of the table; `message` says what was expected, what came, and what to do. */
export class CodedError extends WordedError {
  override readonly name = 'CodedError';
  /** When the same request may succeed, ms from now; where that is known. */
  readonly retryAfterMs: number | undefined;
  constructor(
    readonly code: ErrorCode,
    message: Text,
    options: ErrorOptions & { retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether a client that was closed with this code should reconnect automatically. Unknown codes: yes. */
export function isRetryableClose(closeCode: number): boolean {
  const known = Object.values(ERRORS).filter((entry) => entry.close === closeCode);
  return known.length === 0 || known.some((entry) => entry.retryable);
}

/** What an unknown error says, with its code where it has one. */
export function textOf(error: unknown): Text {
  if (error instanceof WordedError) return error.text;
  const code = ofSignal(error);
  return code === undefined ? messageOf(error) : new Sentence(code, {}, WORK[code]);
}

/** What an unknown error says, in English. */
export function messageOf(error: unknown): string {
  const code = ofSignal(error);
  if (code !== undefined) return WORK[code];
  return error instanceof Error ? error.message : String(error);
}

/** Whether work was ended by who asked for it, or for the sake of something newer: there is nothing to say of it. */
export const isAbort = (error: unknown): boolean => ofSignal(error) === 'work_cancelled';

/** What a signal ended has a text of ours: that of a runtime names neither what happened nor what to do. */
function ofSignal(error: unknown): keyof typeof WORK | undefined {
  if (!(error instanceof DOMException)) return undefined;
  if (error.name === 'AbortError') return 'work_cancelled';
  return error.name === 'TimeoutError' ? 'work_too_slow' : undefined;
}
