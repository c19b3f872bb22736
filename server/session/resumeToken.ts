import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { MAX_RESUME_CHARS } from '../../protocol/messages.ts';

/** What a session takes along when its client comes back, perhaps to another process or machine. */
const Resumable = v.object({
  session: v.string(),
  model: v.string(),
  minScore: v.number(),
  nextId: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** What was shown last. */
  things: v.array(
    v.object({
      id: v.number(),
      label: v.string(),
      score: v.number(),
      box: v.tuple([v.number(), v.number(), v.number(), v.number()]),
    }),
  ),
});
export type Resumable = v.InferOutput<typeof Resumable>;

const Payload = v.object({ issuedAtMs: v.number(), resumable: Resumable });
/** Lifetime of a token. */
const LIFETIME_MS = 5 * 60_000;
const MAX_THINGS = 50;

/**
 * Tokens that carry a session from one connection to the next: signed, so that a client cannot make one up, and
 * self-contained, so that any process with the same secret can take the session over. They hold names and boxes of
 * what the client itself was shown, and are not encrypted.
 */
export interface ResumeTokens {
  issue(resumable: Resumable): string;
  /** What a token carries; undefined where it is too old, of another secret, or damaged. */
  read(token: string): Resumable | undefined;
}

/** @param nowMs ms since 1970: tokens outlive processes, and so their monotonic clocks */
export function createResumeTokens(secret: string, nowMs: () => number = Date.now): ResumeTokens {
  const sign = (payload: string) => createHmac('sha256', secret).update(payload).digest('base64url');
  return {
    issue(resumable) {
      const things = resumable.things.slice(-MAX_THINGS);
      const text = JSON.stringify({ issuedAtMs: nowMs(), resumable: { ...resumable, things } });
      const payload = Buffer.from(text).toString('base64url');
      return `${payload}.${sign(payload)}`;
    },
    read(token) {
      if (token.length > MAX_RESUME_CHARS) return undefined;
      const [payload = '', signature = ''] = token.split('.');
      const expected = Buffer.from(sign(payload));
      const given = Buffer.from(signature);
      if (expected.byteLength !== given.byteLength || !timingSafeEqual(expected, given)) return undefined;
      // Signed by us, but perhaps by another version of us.
      const parsed = v.safeParse(Payload, JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
      if (!parsed.success || nowMs() - parsed.output.issuedAtMs > LIFETIME_MS) return undefined;
      return parsed.output.resumable;
    },
  };
}
