import { createHmac, randomBytes } from 'node:crypto';
import { createOneTimeCodes } from './oneTimeCode.ts';
import { isToken } from './token.ts';

/** What a device gets for the code of a QR code: the right to use the server, until then. */
export interface PairedDevice {
  token: string;
  /** ms since 1970 */
  expiresAt: number;
}

/** The right of other devices of the network to use this server: given by a code that is good once. */
export interface Pairing {
  mint(): { code: string; expiresAt: number };
  /** Whether this code waits for a device. */
  isWaiting(code: string): boolean;
  /** Undefined where the code is not good, or not any more. */
  redeem(code: string): PairedDevice | undefined;
  /** The device that this token was given to, by a name; undefined where it is not good. */
  deviceOf(token: string | undefined): { id: string; expiresAt: number } | undefined;
  /** A device used a code. Returns its disposer. */
  onPaired(listener: () => void): () => void;
}

/** A terminal may be read an hour after the start. */
const CODE_LIFETIME_MS = 3_600_000;
/** A page that shows a code asks for a new one from time to time. */
const MAX_CODES = 64;
const DEVICE_LIFETIME_MS = 30 * 24 * 3_600_000;
const TOKEN = /^paired\.([A-Za-z0-9_-]{22})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/**
 * Tokens are signed, not stored: they outlive a restart, and end with the secret.
 * @param secret of the installation
 * @param now ms since 1970
 */
export function createPairing(secret: Buffer, now: () => number): Pairing {
  const listeners = new Set<() => void>();
  const codes = createOneTimeCodes({ lifetimeMs: CODE_LIFETIME_MS, max: MAX_CODES, now });
  const sign = (id: string, expiresAt: number) =>
    createHmac('sha256', secret).update(`paired\0${id}\0${expiresAt}`).digest('base64url');
  return {
    mint: codes.mint,
    isWaiting: codes.isGood,
    redeem(code) {
      if (!codes.redeem(code)) return undefined;
      const id = randomBytes(16).toString('base64url');
      const expiresAt = now() + DEVICE_LIFETIME_MS;
      for (const listener of listeners) listener();
      return { token: `paired.${id}.${expiresAt}.${sign(id, expiresAt)}`, expiresAt };
    },
    deviceOf(token) {
      const [, id, expires, signature] = TOKEN.exec(token ?? '') ?? [];
      if (id === undefined || signature === undefined) return undefined;
      const expiresAt = Number(expires);
      const isGood = isToken(sign(id, expiresAt), signature) && now() < expiresAt;
      return isGood ? { id, expiresAt } : undefined;
    },
    onPaired(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
