import { CodedError } from '../../protocol/errors.ts';
import { type ConcurrencyLimit, createConcurrencyLimit } from './concurrencyLimit.ts';
import { createTokenBuckets } from './tokenBucket.ts';

/** Limits of what one client may use. Undefined: no limit. */
export interface UsageLimitsOptions {
  maxSessionsPerToken: number | undefined;
  maxPicturesPerToken: number | undefined;
  /** Frames and pictures a second. */
  maxFramesPerSecondPerToken: number | undefined;
  maxFramesPerSecondPerAddress: number | undefined;
  maxBytesPerSecondPerToken: number | undefined;
  maxBytesPerSecondPerAddress: number | undefined;
}

/** For whom something counts. */
export interface UsageClient {
  /** See `clientGroup`. */
  address: string;
  /** The bearer of a token of their own; see Caller. */
  subject: string | undefined;
}

/** Limits by token and by address, for stream and HTTP together. */
export interface UsageLimits {
  /** @returns ends the session, idempotent @throws CodedError `rate_limited` */
  openSession(client: UsageClient): () => void;
  /** The same for a picture by HTTP, which counts as a frame. Its bytes are charged when they have come. */
  beginPicture(client: UsageClient): () => void;
  /**
   * Takes a frame of a stream.
   * @returns 0, or ms until one is taken again: then this one is not
   */
  takeFrame(client: UsageClient, bytes: number): number;
  /** Charges bytes that have come already. */
  charge(client: UsageClient, bytes: number): void;
}

/** @param nowMs a monotonic clock */
export function createUsageLimits(options: UsageLimitsOptions, nowMs: () => number): UsageLimits {
  const sessions = limitOf(options.maxSessionsPerToken);
  const pictures = limitOf(options.maxPicturesPerToken);
  const frames = rates(options.maxFramesPerSecondPerToken, options.maxFramesPerSecondPerAddress);
  const bytes = rates(options.maxBytesPerSecondPerToken, options.maxBytesPerSecondPerAddress);

  function acquire(limit: ConcurrencyLimit | undefined, { subject }: UsageClient, what: string): () => void {
    if (limit === undefined || subject === undefined) return () => {};
    const release = limit.acquire(subject);
    if (release) return release;
    throw new CodedError(
      'rate_limited',
      `This token has as many ${what} at a time as it may have. End one, or wait.`,
      { retryAfterMs: 1_000 },
    );
  }

  function waitMs(client: UsageClient): number {
    const now = nowMs();
    return Math.max(
      0,
      ...[...frames(client), ...bytes(client)].map(({ buckets, key }) => buckets.waitMs(key, now)),
    );
  }

  function take(of: typeof frames, client: UsageClient, amount: number): void {
    for (const { buckets, key } of of(client)) buckets.take(key, amount, nowMs());
  }

  return {
    openSession: (client) => acquire(sessions, client, 'sessions'),
    beginPicture(client) {
      const wait = waitMs(client);
      if (wait > 0) {
        throw new CodedError(
          'rate_limited',
          `More pictures or bytes a second than this token or address may send. Wait ${(wait / 1_000).toFixed(1)} s.`,
          { retryAfterMs: wait },
        );
      }
      const release = acquire(pictures, client, 'pictures');
      take(frames, client, 1);
      return release;
    },
    takeFrame(client, size) {
      const wait = waitMs(client);
      if (wait > 0) return wait;
      take(frames, client, 1);
      take(bytes, client, size);
      return 0;
    },
    charge: (client, size) => take(bytes, client, size),
  };
}

const limitOf = (perToken: number | undefined) =>
  perToken === undefined
    ? undefined
    : createConcurrencyLimit({ max: Number.POSITIVE_INFINITY, maxPerAddress: perToken });

/** The buckets that count for a client. */
function rates(perToken: number | undefined, perAddress: number | undefined) {
  const ofToken = perToken === undefined ? undefined : createTokenBuckets(perToken);
  const ofAddress = perAddress === undefined ? undefined : createTokenBuckets(perAddress);
  return ({ address, subject }: UsageClient) => [
    ...(ofToken && subject !== undefined ? [{ buckets: ofToken, key: subject }] : []),
    ...(ofAddress ? [{ buckets: ofAddress, key: address }] : []),
  ];
}
