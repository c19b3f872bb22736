import { CodedError } from '../../protocol/errors.ts';

/** Limits the text messages and pings of one session. */
export interface SmallMessageLimit {
  /** @throws CodedError `rate_limited` when there are too many in this second */
  count(): void;
}

export function createSmallMessageLimit(maxPerSecond: number, nowMs: () => number): SmallMessageLimit {
  let windowStartMs = nowMs();
  let count = 0;
  return {
    count() {
      if (nowMs() - windowStartMs >= 1_000) {
        windowStartMs = nowMs();
        count = 0;
      }
      count += 1;
      if (count > maxPerSecond) {
        throw new CodedError('rate_limited', `At most ${maxPerSecond} text messages and pings a second.`);
      }
    },
  };
}
