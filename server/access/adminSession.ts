import { createHmac, randomBytes } from 'node:crypto';
import { isToken } from './token.ts';

/** The right to change models, given to one browser. It takes both halves: see docs/access.md. */
export interface AdminSession {
  /** Of a cookie that no script can read. */
  cookie: string;
  /** For the page, which keeps it where only pages of its own origin can read it and sends it as a header. */
  key: string;
  /** ms since 1970 */
  expiresAt: number;
}

export interface AdminSessions {
  begin(): AdminSession;
  isValid(cookie: string | undefined, key: string | undefined): boolean;
}

export const SESSION_MS = 30 * 24 * 3_600_000;
const COOKIE = /^([A-Za-z0-9_-]{22})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/**
 * Sessions are signed, not stored: they outlive a restart, and end with the secret.
 * @param now ms since 1970
 */
export function createAdminSessions(secret: Buffer, now: () => number): AdminSessions {
  const sign = (purpose: string, id: string, expiresAt: number) =>
    createHmac('sha256', secret).update(`${purpose}\0${id}\0${expiresAt}`).digest('base64url');
  const isSignature = (purpose: string, id: string, expiresAt: number, given: string) =>
    isToken(sign(purpose, id, expiresAt), given);
  return {
    begin() {
      const id = randomBytes(16).toString('base64url');
      const expiresAt = now() + SESSION_MS;
      return {
        cookie: `${id}.${expiresAt}.${sign('cookie', id, expiresAt)}`,
        key: sign('key', id, expiresAt),
        expiresAt,
      };
    },
    isValid(cookie, key) {
      const [, id, expires, signature] = COOKIE.exec(cookie ?? '') ?? [];
      if (id === undefined || signature === undefined || key === undefined) return false;
      const expiresAt = Number(expires);
      return (
        isSignature('cookie', id, expiresAt, signature) &&
        isSignature('key', id, expiresAt, key) &&
        now() < expiresAt
      );
    },
  };
}

/**
 * Browsers send a cookie to all ports of a host, so its name has the port in it.
 * @param host the header `Host`
 */
export function cookieName(host: string | undefined): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1];
  return port === undefined ? 'livelens-admin' : `livelens-admin-${port}`;
}
