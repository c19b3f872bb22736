import type { CodedError } from '../../protocol/errors.ts';

/**
 * What needs a right: to use the stream and read (`view`), to send pictures by HTTP (`predict`), to see the cameras of others
 * (`watch`), to change models (`admin`). Scopes of signed tokens have the same names.
 */
export const SCOPES = ['view', 'predict', 'watch', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
/** `invite`: to pair other devices. */
export type Action = Scope | 'invite';

/** The proof by which a client may change models. */
export type AdminRight = 'token' | 'installation' | 'browser' | 'signed';

/** Who asks, and what they may do. */
export interface Caller {
  may(action: Action): boolean;
  /** For someone who may not: the reason, and what to do. */
  refusal(action: Action): CodedError;
  readonly adminRight: AdminRight | undefined;
  /** Names the bearer of a token of their own, for limits; undefined for the token that all have, and without one. */
  readonly subject: string | undefined;
  /** Time until the right ends, ms; undefined where it does not. */
  expiresInMs(): number | undefined;
}
