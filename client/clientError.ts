import { ERRORS, type ErrorCode } from '../protocol/errors.ts';
import type { WireSentence } from '../protocol/sentence.ts';

/**
 * What can go wrong in a client: the server's codes (protocol/errors.ts), and
 *
 * - `unreachable`: no answer came: no server, no network, or not before the deadline;
 * - `unexpected_answer`: something answered, but not as this version of Livelens does;
 * - `closed`: the stream was closed;
 * - `camera_…`: why there is no camera (camera/cameraError.ts).
 */
export type ClientErrorCode = ErrorCode | 'unreachable' | 'unexpected_answer' | 'closed' | CameraErrorCode;

export type CameraErrorCode = (typeof CAMERA_ERRORS)[number];
/** Denied by a person or the system; none there; used by another app; withheld by the browser; taken away; anything else. */
export const CAMERA_ERRORS = [
  'camera_denied',
  'camera_missing',
  'camera_busy',
  'camera_withheld',
  'camera_lost',
  'camera_failed',
] as const;

export interface ClientErrorOptions extends ErrorOptions {
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The server's `Retry-After`, ms from when the answer came. */
  readonly retryAfterMs?: number | undefined;
  /** Of the server's message: for its wording in another language. */
  readonly sentence?: WireSentence | undefined;
}

/**
 * The one error class of the client. `message` says what happened and what to do.
 *
 * @example
 * import { ClientError } from 'livelens-client';
 *
 * try {
 *   await http.predict(photo);
 * } catch (error) {
 *   if (error instanceof ClientError && error.code === 'unauthorized') console.log('A token is needed.');
 * }
 */
export class ClientError extends Error {
  override readonly name: string = 'ClientError';
  /** For programs. A newer server may send codes that this version does not know. */
  readonly code: ClientErrorCode | (string & {});
  /** HTTP status of the answer; undefined where none came, and for errors of the stream. */
  readonly status: number | undefined;
  /** When the same request may succeed, ms from when the error came; undefined: not known. */
  readonly retryAfterMs: number | undefined;
  /** The code and values of `message`, where the server sent them: for its wording in another language. */
  readonly sentence: WireSentence | undefined;

  constructor(code: ClientErrorCode | (string & {}), message: string, options: ClientErrorOptions = {}) {
    const { status, retryAfterMs, sentence, ...rest } = options;
    super(message, rest);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.sentence = sentence;
  }

  /**
   * Whether the same request may succeed later, without a change on this side.
   *
   * @example
   * const retryLater = (error: unknown) => error instanceof ClientError && error.isRetryable;
   */
  get isRetryable(): boolean {
    if (Object.hasOwn(ERRORS, this.code)) return ERRORS[this.code as ErrorCode].retryable;
    if (this.status !== undefined) return this.status === 429 || this.status >= 500;
    return this.code === 'unreachable';
  }
}
