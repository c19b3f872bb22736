/** Whether the page opens without a server. */
export type Offline =
  /** Not known yet. */
  | { readonly kind: 'unknown' }
  /** Not in this browser, not over http, and not while the page is developed. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'registering' }
  | { readonly kind: 'ready' }
  /** Such as with a certificate that the browser does not trust. `why` is the browser's message, or `incomplete`. */
  | { readonly kind: 'failed'; readonly why: string };

export type Update =
  | 'none'
  /** A new version is here, complete, and waits for a yes. */
  | 'waiting'
  /** Another tab said yes: this page is of the version before, whose files are gone. */
  | 'elsewhere'
  /** This page said yes. */
  | 'reloading';

/** Whether the page can become an app of this device. */
export type Install =
  | 'unavailable'
  /** The browser asks when the page wants it to. */
  | 'offered'
  /** The browser has it in a menu, and reports nothing: iOS. */
  | 'by-hand'
  | 'installed';

export interface PwaState {
  readonly offline: Offline;
  readonly update: Update;
  readonly install: Install;
}

export const INITIAL_PWA: PwaState = { offline: { kind: 'unknown' }, update: 'none', install: 'unavailable' };

/** What a registration says of its workers. */
export interface WorkersThere {
  readonly installing: boolean;
  readonly waiting: boolean;
  readonly active: boolean;
}

export type PwaEvent =
  | { readonly type: 'offline'; readonly offline: Offline }
  /** `isPutOff`: the person said "Later" to the worker that waits. */
  | { readonly type: 'workers'; readonly there: WorkersThere; readonly isPutOff: boolean }
  /** Another worker controls this page now. */
  | { readonly type: 'takenOver' }
  | { readonly type: 'reloading' }
  /** "Later", to a version that is here already. */
  | { readonly type: 'putOff' }
  | { readonly type: 'install'; readonly install: Install };

export function pwaReducer(state: PwaState, event: PwaEvent): PwaState {
  switch (event.type) {
    case 'offline':
      return { ...state, offline: event.offline };
    case 'workers': {
      const { there, isPutOff } = event;
      const offline = offlineWith(there);
      // What another tab did, and what this one does, is not undone by news of workers.
      if (state.update === 'reloading' || state.update === 'elsewhere') return { ...state, offline };
      // The first one of all waits for a moment, too.
      const isUpdate = there.waiting && there.active && !isPutOff;
      return { ...state, offline, update: isUpdate ? 'waiting' : 'none' };
    }
    case 'takenOver':
      return state.update === 'reloading' ? state : { ...state, update: 'elsewhere' };
    case 'reloading':
      return { ...state, update: 'reloading' };
    case 'putOff':
      return { ...state, update: 'none' };
    case 'install':
      return { ...state, install: event.install };
    default:
      return event satisfies never;
  }
}

function offlineWith({ installing, waiting, active }: WorkersThere): Offline {
  if (active) return { kind: 'ready' };
  if (installing || waiting) return { kind: 'registering' };
  return { kind: 'failed', why: 'incomplete' };
}
