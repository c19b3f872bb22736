import type { RequestedSessions } from './requestedSessions.ts';

/** Whether this device could answer the next frame. */
export type Readiness =
  /** Nothing was loaded yet. */
  | { readonly kind: 'cold' }
  /** `why` is for a reader: what it waits for, such as a network that costs nothing. */
  | { readonly kind: 'preparing'; readonly why?: string | undefined }
  | { readonly kind: 'ready' }
  /** `why` is for a reader: no model here, goldens that do not agree, a browser that cannot. */
  | { readonly kind: 'unusable'; readonly why: string };

/** @param isAlive whether the first of the sessions is there, and its worker lives */
export function readinessOfSessions(state: RequestedSessions['state'], isAlive: boolean): Readiness {
  if (state.kind === 'failed') return { kind: 'unusable', why: state.why.message };
  if (state.kind === 'none') return { kind: 'cold' };
  if (isAlive) return { kind: 'ready' };
  return { kind: 'preparing', why: state.kind === 'opening' ? state.waitsFor : undefined };
}
