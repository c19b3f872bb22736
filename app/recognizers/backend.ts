import type { Readiness } from './readiness.ts';
import type { Backend } from './recognizer.ts';

/** What a person chooses: which backend labels frames. */
export const BACKEND_MODES = ['auto', 'server', 'device'] as const;
export type BackendMode = (typeof BACKEND_MODES)[number];

/** Why labels come from where they come from. */
export type BackendReason =
  /** A person said so. */
  | { readonly kind: 'chosen' }
  /** The server answers well. */
  | { readonly kind: 'healthy' }
  /** Nothing is known yet: the server is asked first. */
  | { readonly kind: 'starting' }
  /** This device cannot: `why` is for a reader. The server does badly, or a person chose this device. */
  | { readonly kind: 'device-unusable'; readonly why: string }
  /** The device is being made ready; `why`, for a reader, says what that waits for. Else as `device-unusable`. */
  | { readonly kind: 'device-preparing'; readonly why?: string | undefined }
  | { readonly kind: 'server-unreachable' }
  | { readonly kind: 'server-lost' }
  | { readonly kind: 'server-busy' }
  | { readonly kind: 'server-refused'; readonly message: string }
  /** Frames waited for `waitedMs` without an answer. */
  | { readonly kind: 'silent'; readonly waitedMs: number }
  /** The p95 round trip, or a wait that has not ended, was over what is allowed for long. */
  | { readonly kind: 'slow'; readonly roundTripMs: number; readonly budgetMs: number };

/** Where labels come from now, and why. */
export interface BackendReport {
  readonly mode: BackendMode;
  readonly backend: Backend;
  readonly reason: BackendReason;
  /** Whether this device could run the model, where that is known. */
  readonly device?: Readiness;
  /** Ms of the page's clock. */
  readonly sinceMs: number;
  /** Number of automatic changes since the page was opened. */
  readonly switches: number;
}

/** What one side really delivers, measured here and lately; undefined: not known. */
export interface SideReading {
  /** Median from a frame's push to its labels, ms, and the time that 19 of 20 stay below. */
  readonly answerMs: number | undefined;
  readonly answerP95Ms: number | undefined;
  /** Of that, the run of the model. */
  readonly inferMs: number | undefined;
  readonly labelsPerS: number | undefined;
  /** Bytes that are sent for it. */
  readonly upBytesPerS: number | undefined;
}

export type Comparison = Readonly<Record<Backend, SideReading>>;
