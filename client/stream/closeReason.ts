import { ERRORS, isRetryableClose } from '../../protocol/errors.ts';
import { isTokenRefusal } from '../tokenReader.ts';

/** Why a server closed a connection: it may let the client in later, or it refuses it. */
export type CloseReason =
  /** `isBusy`: the server is full. */
  | { readonly kind: 'passing'; readonly isBusy: boolean }
  /** Trying again would fail the same way. `code` is one of protocol/errors.ts. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/**
 * @param error the last fatal error that the server sent before
 * @param hasNewToken the client has another token now than its hello had
 */
export function closeReason(
  closeCode: number,
  error: { readonly code: string; readonly message: string } | undefined,
  hasNewToken: boolean,
): CloseReason {
  const code = error?.code;
  // The token came, or was renewed, while the server was refusing the hello without it: the next hello has it.
  if (hasNewToken && isTokenRefusal(code)) return { kind: 'passing', isBusy: false };
  if (isRetryable(closeCode, code)) return { kind: 'passing', isBusy: isBusy(closeCode, code) };
  const message = error?.message ?? `The server closed the connection with code ${closeCode}.`;
  return { kind: 'refused', code: code ?? codeOfClose(closeCode), message };
}

/**
 * Whether the server is full. A server that is still starting (`not_ready`) closes with the same code, but is ready soon.
 */
function isBusy(closeCode: number, errorCode: string | undefined): boolean {
  if (errorCode !== undefined) return errorCode === 'server_busy' || errorCode === 'rate_limited';
  return closeCode === ERRORS.server_busy.close;
}

function isRetryable(closeCode: number, errorCode: string | undefined): boolean {
  // The named error is more exact than the close code, which several errors share.
  if (errorCode !== undefined && Object.hasOwn(ERRORS, errorCode)) {
    return ERRORS[errorCode as keyof typeof ERRORS].retryable;
  }
  return isRetryableClose(closeCode);
}

function codeOfClose(closeCode: number): string {
  const found = Object.entries(ERRORS).find(([, entry]) => entry.close === closeCode);
  return found?.[0] ?? `close_${closeCode}`;
}
