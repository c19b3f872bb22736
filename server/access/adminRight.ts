import type { IncomingMessage } from 'node:http';
import { parse } from 'hono/utils/cookie';
import { ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import { type AdminSession, cookieName, createAdminSessions } from './adminSession.ts';
import { type HereOptions, isHere } from './isHere.ts';
import { createOneTimeCodes } from './oneTimeCode.ts';
import { isOfOwnPage } from './origin.ts';
import type { Pairing } from './pairing.ts';
import { isProof } from './proof.ts';
import { isToken } from './token.ts';

/** The proof by which a client may change models. */
export type AdminRight = 'token' | 'installation' | 'browser';

/** Who may do what. Only proof counts: no address, no name of a host and no header of a proxy gives a right. */
export interface Access {
  /** The proof by which the sender of this request may change models; undefined without one. */
  adminRight(request: IncomingMessage): AdminRight | undefined;
  /** Whether the sender of this HTTP request may use the server at all. */
  mayUse(request: IncomingMessage): boolean;
  /**
   * Whether a stream may begin: with the token that its first message bears, as a browser can set no header.
   * @param isHere see `isHere`: this machine needs no pairing
   */
  mayStream(token: string | undefined, isHere: boolean): boolean;
  /** See `isHere`. */
  isHere(request: IncomingMessage): boolean;
  /** For someone without the right to use the server: what to do. */
  readonly howToUse: string;
  /**
   * Whether a screen may show the cameras of others: with the token that its first message bears.
   * @param isHere see `isHere`
   */
  mayWatch(token: string | undefined, isHere: boolean): boolean;
  /** For a screen without that right: what to do. */
  readonly howToWatch: string;
  /** Whether the sender of this request may pair other devices. A paired device may not. */
  mayInvite(request: IncomingMessage): boolean;
  /** A new link that gives one browser the right to change models. */
  mintLink(): AdminLink;
  /** The right that a link's code gives; undefined where the code is not good, or not any more. */
  redeem(code: string): AdminSession | undefined;
}

export interface AdminLink {
  /** What follows `#` in the page's address: the code, and what lets a page use the server where it asks for that. */
  fragment: string;
  /** ms since 1970 */
  expiresAt: number;
}

/** The terminal may be read an hour after the start. */
const CODE_LIFETIME_MS = 3_600_000;
const MAX_CODES = 32;

export interface AccessOptions extends HereOptions {
  /** The operator's. */
  adminToken?: string | undefined;
  /** What clients must show. */
  token?: string | undefined;
  /** Whether, and how, other devices of the network get the right to use the server. */
  pairing?: Pairing | undefined;
  /** What screens must show. Default: what clients must show. */
  screenToken?: string | undefined;
  /** Of the installation. */
  secret: Buffer;
  /** A random name of this process; proofs of commands are made for it. */
  instance: string;
  /** ms since 1970 */
  now: () => number;
}

export function createAccess(options: AccessOptions): Access {
  const { adminToken, token, screenToken, pairing, secret, instance, now } = options;
  const codes = createOneTimeCodes({ lifetimeMs: CODE_LIFETIME_MS, max: MAX_CODES, now });
  const sessions = createAdminSessions(secret, now);

  function adminRight({ headers }: IncomingMessage): AdminRight | undefined {
    // What a page of another site makes a browser send is not what a person does here, whatever it carries.
    const site = headers['sec-fetch-site'];
    if (site === 'cross-site') return undefined;
    const bearer = bearerOf(headers.authorization);
    if (adminToken !== undefined && isToken(adminToken, bearer)) return 'token';
    if (bearer !== undefined && isProof(secret, instance, bearer, now())) return 'installation';
    // Another port of this host is the same site to a browser, and it sends our cookie along.
    if (site === 'same-site') return undefined;
    const name = cookieName(headers.host);
    const cookie = parse(headers.cookie ?? '', name)[name];
    const key = headers[ADMIN_KEY_HEADER.toLowerCase()]?.toString();
    return sessions.isValid(cookie, key) ? 'browser' : undefined;
  }

  function mayStream(given: string | undefined, here: boolean): boolean {
    if (pairing?.isPaired(given)) return true;
    return token === undefined ? pairing === undefined || here : isToken(token, given);
  }

  function mayWatch(given: string | undefined, here: boolean): boolean {
    if (screenToken !== undefined) return isToken(screenToken, given);
    // Where everyone may use the server, strangers may not look through the cameras of others for that.
    const isOpen = token === undefined && pairing === undefined;
    return isOpen ? here : mayStream(given, here);
  }

  function mayInvite(request: IncomingMessage): boolean {
    // Pages of other origins do not, even those that may use the server.
    if (isHere(request, options) && isOfOwnPage(request, options)) return true;
    // Who has a token of the operator could hand on that one as well, which does not end.
    const bearer = bearerOf(request.headers.authorization);
    const isOperators = [token, screenToken].some((own) => own !== undefined && isToken(own, bearer));
    return isOperators || adminRight(request) !== undefined;
  }

  const howToUse =
    token === undefined
      ? 'This device is not paired. Scan the QR code that the page shows on the machine of the server ("Open on your phone"), or give the server a TOKEN.'
      : 'This server asks for a token, and this one is not right: "Authorization: Bearer TOKEN", or "token" of the first message of a socket.';

  return {
    adminRight,
    mayStream,
    mayWatch,
    mayInvite,
    mayUse: (request) =>
      mayStream(bearerOf(request.headers.authorization), isHere(request, options)) ||
      adminRight(request) !== undefined,
    isHere: (request) => isHere(request, options),
    howToUse,
    howToWatch:
      screenToken === undefined && token !== undefined
        ? howToUse
        : 'Away from the machine of the server a screen needs a token: give the server a SCREEN_TOKEN, and open "/screen#token=SCREEN_TOKEN".',
    mintLink() {
      const { code, expiresAt } = codes.mint();
      const fragment = new URLSearchParams({ ...(token !== undefined && { token }), admin: code });
      return { fragment: fragment.toString(), expiresAt };
    },
    redeem: (code) => (codes.redeem(code) ? sessions.begin() : undefined),
  };
}

const bearerOf = (authorization: string | undefined) => /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
