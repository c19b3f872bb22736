import type { ServerMessageOf } from '../../protocol/messages.ts';
import { BUSY, LOST } from './backoff.ts';
import { closeReason } from './closeReason.ts';

type Welcome = ServerMessageOf<'welcome'>;

/** The state of a connection. Times in ms of the client's clock. */
export type ConnectionState =
  | { readonly kind: 'idle' }
  /** Opening the socket and waiting for `welcome`. */
  | { readonly kind: 'connecting'; readonly after: ConnectionProblem | undefined; readonly attempt: number }
  | {
      readonly kind: 'open';
      readonly welcome: Welcome;
      /** Which try it was, and when it succeeded: a connection that breaks within seconds counts as a failed try. */
      readonly attempt: number;
      readonly sinceMs: number;
    }
  /** Disconnected; the next try is at `retryAtMs`. */
  | {
      readonly kind: 'waiting';
      readonly after: ConnectionProblem;
      readonly attempt: number;
      readonly retryAtMs: number;
    }
  /** Trying again would fail the same way; a person has to act. `code` is one of protocol/errors.ts. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** What went wrong before this try: never reached, reached and lost, or the server is full. */
export type ConnectionProblem = 'unreachable' | 'lost' | 'busy';

export type ConnectionEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  /** The models of an open connection changed. */
  | { readonly type: 'model'; readonly model: Welcome['model']; readonly also: Welcome['also'] }
  /** The server asks the client to disconnect and to reconnect later. */
  | { readonly type: 'goaway'; readonly reconnectAfterMs: number }
  /** The socket closed; see `closeReason`. */
  | {
      readonly type: 'closed';
      readonly closeCode: number;
      readonly error: { readonly code: string; readonly message: string } | undefined;
      /** Default false. */
      readonly hasNewToken?: boolean | undefined;
    }
  /** The delay is over, or there is reason to expect that a try would succeed now. */
  | { readonly type: 'retry' };

/** A connection that lasted this long was a good one. */
const GOOD_AFTER_MS = 5_000;

/**
 * The state after an event. Pure: the time and the random number are passed in.
 *
 * @param random 0..1, spreads the delays
 */
export function nextConnectionState(
  state: ConnectionState,
  event: ConnectionEvent,
  nowMs: number,
  random: number,
): ConnectionState {
  switch (event.type) {
    case 'start':
      return state.kind === 'idle' || state.kind === 'refused'
        ? { kind: 'connecting', after: undefined, attempt: 0 }
        : state;
    case 'stop':
      return { kind: 'idle' };
    case 'welcome':
      return state.kind === 'connecting'
        ? { kind: 'open', welcome: event.welcome, attempt: state.attempt, sinceMs: nowMs }
        : state;
    case 'model':
      return state.kind === 'open'
        ? { ...state, welcome: { ...state.welcome, model: event.model, also: event.also } }
        : state;
    case 'goaway':
      return afterGoaway(state, nowMs + event.reconnectAfterMs);
    case 'closed':
      return afterClose(state, event, nowMs, random);
    case 'retry':
      return state.kind === 'waiting'
        ? { kind: 'connecting', after: state.after, attempt: state.attempt }
        : state;
    default:
      return event satisfies never;
  }
}

/** Before `welcome`, the server is full; after it, the server restarts or the session is too old. */
function afterGoaway(state: ConnectionState, retryAtMs: number): ConnectionState {
  switch (state.kind) {
    case 'open':
      return { kind: 'waiting', after: 'lost', attempt: 0, retryAtMs };
    case 'connecting':
      return {
        kind: 'waiting',
        after: 'busy',
        attempt: state.after === 'busy' ? state.attempt + 1 : 0,
        retryAtMs,
      };
    default:
      return state;
  }
}

/** A problem of another kind starts its own series of delays, and so does the loss of a good connection. */
function isSameSeries(
  state: Extract<ConnectionState, { kind: 'open' | 'connecting' }>,
  after: ConnectionProblem,
  nowMs: number,
): boolean {
  return state.kind === 'open' ? nowMs - state.sinceMs < GOOD_AFTER_MS : state.after === after;
}

function afterClose(
  state: ConnectionState,
  event: Extract<ConnectionEvent, { type: 'closed' }>,
  nowMs: number,
  random: number,
): ConnectionState {
  if (state.kind !== 'open' && state.kind !== 'connecting') return state;
  const reason = closeReason(event.closeCode, event.error, event.hasNewToken ?? false);
  if (reason.kind === 'refused') return reason;
  const after: ConnectionProblem = reason.isBusy
    ? 'busy'
    : state.kind === 'open' || state.after === 'lost'
      ? 'lost'
      : 'unreachable';
  const attempt = isSameSeries(state, after, nowMs) ? state.attempt + 1 : 0;
  const delayMs = (reason.isBusy ? BUSY : LOST).delayMs(attempt, random);
  return { kind: 'waiting', after, attempt, retryAtMs: nowMs + delayMs };
}
