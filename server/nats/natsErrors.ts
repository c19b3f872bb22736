import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import type { NatsLink } from './link.ts';

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const WRONG_LAST_SEQUENCE = [10_071, 10_164];
/** Limits of the server, the account, or the stream. */
const NO_ROOM = [10_002, 10_023, 10_028, 10_047, 10_077, 10_054];

const apiCodeOf = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.code : undefined;

/** What was to be replaced is not what is there. */
export const isWrongRevision = (error: unknown): boolean =>
  WRONG_LAST_SEQUENCE.includes(apiCodeOf(error) ?? 0);

const isNoRoom = (error: unknown): boolean =>
  NO_ROOM.includes(apiCodeOf(error) ?? 0) ||
  /no space left|insufficient (storage|resources)|maximum bytes exceeded|resource limits exceeded/i.test(
    messageOf(error),
  );

/** The user has no right to it. Of a request the reason is inside. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof errors.PermissionViolationError ||
  (error instanceof errors.RequestError && error.cause instanceof errors.PermissionViolationError);

/** Asking again does not help. */
const isFinal = (error: unknown): boolean =>
  error instanceof CodedError ||
  error instanceof errors.InvalidArgumentError ||
  isForbidden(error) ||
  isWrongRevision(error) ||
  isNoRoom(error);

/** What NATS said, in words that say what to do. @param what was to be done, as in "store a model" */
export function explainNats(error: unknown, what: string): Error {
  if (error instanceof CodedError) return error;
  const why = messageOf(error);
  if (isNoRoom(error)) {
    return new CodedError(
      'not_writable',
      `NATS has no room to ${what}: ${why}. Give its JetStream more storage on disk (max_file_store, the limits of the account, the disk itself), or remove models.`,
      { cause: error },
    );
  }
  if (isForbidden(error)) {
    return new Error(`NATS does not allow this user to ${what}: ${why}. See docs/many-machines.md.`, {
      cause: error,
    });
  }
  return new Error(`Could not ${what}: NATS does not answer as expected (${why}).`, { cause: error });
}

/** Time from one attempt to the next, ms. */
const RETRY_MS = 250;

export interface RetryOptions {
  /** See explainNats. */
  what: string;
  /** Time after which no further attempt is made, ms. */
  forMs: number;
  signal?: AbortSignal | undefined;
  onRetry?: (error: unknown) => void;
}

/**
 * Does what a server that was just started, or that elects a leader, cannot do yet, again and again.
 * @throws what `explainNats` makes of the last error; the signal's reason when it aborts
 */
export async function retryNats<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { what, forMs, signal, onRetry } = options;
  const endsAtMs = performance.now() + forMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (isWrongRevision(error)) throw error;
      if (isFinal(error) || performance.now() > endsAtMs) throw explainNats(error, what);
      onRetry?.(error);
      await sleep(RETRY_MS, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
  }
}

/** What comes of `work`, unless it takes longer, or the signal aborts. @param what for the error, as in "NATS sent nothing" */
export async function within<T>(
  work: Promise<T>,
  ms: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`${what} for ${ms / 1_000} s`)), ms);
  const either = signal ? AbortSignal.any([limit.signal, signal]) : limit.signal;
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(either.reason);
    if (either.aborted) fail();
    else either.addEventListener('abort', fail, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    clearTimeout(timer);
    aborted.catch(() => {});
    work.catch(() => {});
  }
}

/** Gives a stream that was made when there were fewer servers the copies that it should have by now. */
export async function growReplicas(
  { connection, manager, withReplicas }: Pick<NatsLink, 'connection' | 'manager' | 'withReplicas'>,
  stream: string,
): Promise<void> {
  // A server that stands alone makes one, and a worker may not change streams.
  if (connection.info?.cluster === undefined) return;
  const { config } = await manager.streams.info(stream);
  await withReplicas(async (replicas) => {
    if (config.num_replicas < replicas) await manager.streams.update(stream, { num_replicas: replicas });
  });
}
