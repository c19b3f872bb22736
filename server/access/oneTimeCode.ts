import { createHash, randomBytes } from 'node:crypto';

/** Codes that stand in a link and give a right once. */
export interface OneTimeCodes {
  mint(): { code: string; expiresAt: number };
  /** Whether it was good; it is not any more. */
  redeem(code: string): boolean;
  /** Whether it waits to be used. */
  isGood(code: string): boolean;
}

/** 192 bits: nothing that could be guessed. */
const CODE_BYTES = 24;

/**
 * @param options.lifetimeMs lifetime of a code
 * @param options.max maximum number of unused codes; the oldest makes room
 * @param options.now ms since 1970
 */
export function createOneTimeCodes(options: {
  lifetimeMs: number;
  max: number;
  now: () => number;
}): OneTimeCodes {
  /** By the code's hash, so that the duration of a look-up reveals nothing about a code; oldest first. */
  const waiting = new Map<string, number>();
  return {
    mint() {
      const code = randomBytes(CODE_BYTES).toString('base64url');
      const expiresAt = options.now() + options.lifetimeMs;
      for (const oldest of waiting.keys()) {
        if (waiting.size < options.max) break;
        waiting.delete(oldest);
      }
      waiting.set(hashOf(code), expiresAt);
      return { code, expiresAt };
    },
    redeem(code) {
      const hash = hashOf(code);
      const expiresAt = waiting.get(hash);
      waiting.delete(hash);
      return expiresAt !== undefined && options.now() < expiresAt;
    },
    isGood: (code) => options.now() < (waiting.get(hashOf(code)) ?? 0),
  };
}

const hashOf = (code: string) => createHash('sha256').update(code).digest('hex');
