import { timingSafeEqual } from 'node:crypto';

/** Whether a client's token is the configured one, in a time that does not depend on how much of it is right. */
export function isToken(configured: string, given: string | undefined): boolean {
  const expected = Buffer.from(configured);
  const got = Buffer.from(given ?? '');
  return expected.byteLength === got.byteLength && timingSafeEqual(expected, got);
}
