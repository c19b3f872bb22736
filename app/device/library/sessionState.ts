import type { DeviceSession } from '../runtime/deviceSession.ts';
import type { DrainableSession } from '../runtime/drainable.ts';
import type { SharedWork } from './sharedWork.ts';
import type { UnprovenError } from './unprovenError.ts';

/** The session of a model, as far as it has come. */
export type SessionState =
  | { readonly kind: 'unloaded' }
  /** The version of the error was found not to agree in this page's life: it is not opened again unasked. */
  | { readonly kind: 'unproven'; readonly error: UnprovenError }
  | {
      readonly kind: 'opening';
      readonly work: SharedWork<DeviceSession>;
      /** What was known of the version before. */
      readonly unproven: UnprovenError | undefined;
    }
  /** Proven and in memory. */
  | { readonly kind: 'open'; readonly session: DrainableSession };

/** What is known of a version that did not agree here. */
export function unprovenOf(state: SessionState): UnprovenError | undefined {
  switch (state.kind) {
    case 'unproven':
      return state.error;
    case 'opening':
      return state.unproven;
    case 'unloaded':
    case 'open':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** The state in which a version that did not agree may be opened again. */
export function withoutProof(state: SessionState): SessionState {
  switch (state.kind) {
    case 'unproven':
      return { kind: 'unloaded' };
    case 'opening':
      return { ...state, unproven: undefined };
    case 'unloaded':
    case 'open':
      return state;
    default:
      return state satisfies never;
  }
}
