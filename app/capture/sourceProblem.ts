import { messageOf } from '../../protocol/errors.ts';
/** Why a camera or a screen cannot be shown. */
export type SourceProblem =
  | { readonly kind: 'denied'; readonly bySystem: boolean }
  | { readonly kind: 'no-camera' }
  | { readonly kind: 'camera-busy' }
  /** The browser gives this page no access to cameras at all. */
  | { readonly kind: 'withheld' }
  /** A person closed the browser's picker: nothing is wrong. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string };

/** Carries a problem out of the functions that open sources. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(
    readonly problem: SourceProblem,
    options?: ErrorOptions,
  ) {
    super(`The source cannot be opened: ${problem.kind}`, options);
  }
}

/**
 * What a rejected `getUserMedia` means for a person.
 * Names: https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia
 */
export function cameraProblem(error: unknown): SourceProblem {
  if (!(error instanceof Error)) return { kind: 'failed', message: messageOf(error) };
  switch (error.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      // Chromium: "Permission denied by system", when the operating system withholds the camera.
      return { kind: 'denied', bySystem: /system/i.test(messageOf(error)) };
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return { kind: 'no-camera' };
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return { kind: 'camera-busy' };
    default:
      return { kind: 'failed', message: messageOf(error) };
  }
}

/** What a rejected `getDisplayMedia` means. Browsers do not distinguish a closed picker from a refusal. */
export function screenProblem(error: unknown): SourceProblem {
  if (!(error instanceof Error)) return { kind: 'failed', message: messageOf(error) };
  if (error.name === 'NotAllowedError') {
    return /system/i.test(messageOf(error)) ? { kind: 'denied', bySystem: true } : { kind: 'cancelled' };
  }
  if (error.name === 'AbortError') return { kind: 'cancelled' };
  return { kind: 'failed', message: messageOf(error) };
}
