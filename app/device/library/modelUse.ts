import type { DeviceError } from '../runtime/deviceSession.ts';

/** Whether the session's memory is needed. */
export type Use =
  /** A caller runs the model, or is about to. */
  | { readonly kind: 'used' }
  | { readonly kind: 'unused' }
  /** Unused; it leaves memory when the timer ends. */
  | { readonly kind: 'releasing'; readonly timer: ReturnType<typeof setTimeout> };

/** What the person chose for the model in this page's life. */
export type Request =
  | { readonly kind: 'none' }
  | { readonly kind: 'asked' }
  /** It was removed from this device, and not asked for since. */
  | { readonly kind: 'removed'; readonly why: DeviceError };
