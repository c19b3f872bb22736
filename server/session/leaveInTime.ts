import type { ErrorCode } from '../../protocol/errors.ts';

/**
 * Calls `leave` when a session is as old as a platform may let a socket become, or its token expires, whichever is first: with the
 * reason for the client, and the code of the close (SPEC.md, G4).
 * @param expiresInMs undefined: its right does not end
 * @returns the timer, which is for the session to clear
 */
export function leaveInTime(
  expiresInMs: number | undefined,
  maxSessionMs: number,
  leave: (reason: string, code: ErrorCode) => void,
): NodeJS.Timeout {
  return expiresInMs !== undefined && expiresInMs < maxSessionMs
    ? setTimeout(() => leave('token_expired', 'token_expired'), expiresInMs)
    : setTimeout(() => leave('session_limit', 'restarting'), maxSessionMs);
}
