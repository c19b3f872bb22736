import type { IncomingMessage } from 'node:http';
import { parse } from 'hono/utils/cookie';
import { ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import { CodedError } from '../../protocol/errors.ts';
import { type AdminSession, cookieName, createAdminSessions } from './adminSession.ts';
import type { Action, AdminRight, Caller, Scope } from './caller.ts';
import { type HereOptions, isHere } from './isHere.ts';
import { isSignedToken } from './isSignedToken.ts';
import { createOneTimeCodes } from './oneTimeCode.ts';
import { isOfOwnPage } from './origin.ts';
import type { Pairing } from './pairing.ts';
import { isProof } from './proof.ts';
import { createRefusals } from './refusals.ts';
import type { SignedToken, SignedTokens } from './signedTokens.ts';
import { isToken } from './token.ts';

/** Who may do what, for every way in. Only proof counts: no address, no name of a host and no header of a proxy gives a right. */
export interface Access {
  /** Who sends a request by HTTP. */
  callerOf(request: IncomingMessage): Promise<Caller>;
  /**
   * Who begins a socket: by the token that its first message bears, as a browser can set no header.
   * @param isHere see `isHere`: this machine needs no pairing
   */
  callerWith(token: string | undefined, isHere: boolean): Promise<Caller>;
  /** See `isHere`. */
  isHere(request: IncomingMessage): boolean;
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
  /** Tokens that others sign. */
  signed?: SignedTokens | undefined;
  /** What screens must show. Default: what clients must show. */
  screenToken?: string | undefined;
  /** Of the installation. */
  secret: Buffer;
  /** A random name of this process; proofs of commands are made for it. */
  instance: string;
  /** ms since 1970 */
  now: () => number;
}

/** What an HTTP request has in addition to a token. */
interface RequestProof {
  adminRight: AdminRight | undefined;
  isCrossSite: boolean;
  /** From this machine, by a page of our own or by no page. */
  isOwnHere: boolean;
}
const NO_REQUEST: RequestProof = { adminRight: undefined, isCrossSite: false, isOwnHere: false };

export function createAccess(options: AccessOptions): Access {
  const { adminToken, token, screenToken, pairing, signed, secret, instance, now } = options;
  const codes = createOneTimeCodes({ lifetimeMs: CODE_LIFETIME_MS, max: MAX_CODES, now });
  const sessions = createAdminSessions(secret, now);
  const refusals = createRefusals({
    hasToken: token !== undefined,
    hasSigned: signed !== undefined,
    hasScreenToken: screenToken !== undefined,
  });
  const isOpen = token === undefined && signed === undefined && pairing === undefined;

  function adminProof({ headers }: IncomingMessage, bearer: string | undefined): AdminRight | undefined {
    // What a page of another site makes a browser send is not what a person does here, whatever it carries.
    const site = headers['sec-fetch-site'];
    if (site === 'cross-site') return undefined;
    if (adminToken !== undefined && isToken(adminToken, bearer)) return 'token';
    if (bearer !== undefined && isProof(secret, instance, bearer, now())) return 'installation';
    // Another port of this host is the same site to a browser, and it sends our cookie along.
    if (site === 'same-site') return undefined;
    const name = cookieName(headers.host);
    const cookie = parse(headers.cookie ?? '', name)[name];
    const key = headers[ADMIN_KEY_HEADER.toLowerCase()]?.toString();
    return sessions.isValid(cookie, key) ? 'browser' : undefined;
  }

  /** What a signed token says, or why it is refused. */
  async function readSigned(given: string | undefined): Promise<SignedToken | CodedError | undefined> {
    if (signed === undefined || given === undefined || !isSignedToken(given)) return undefined;
    return signed.read(given).catch((error: unknown) => {
      if (error instanceof CodedError) return error;
      throw error;
    });
  }

  /** The one answer to who may do what. */
  async function callerBy(given: string | undefined, here: boolean, request: RequestProof): Promise<Caller> {
    const isShared = token !== undefined && isToken(token, given);
    const isScreen = screenToken !== undefined && isToken(screenToken, given);
    const device = pairing?.deviceOf(given);
    const read = await readSigned(given);
    const problem = read instanceof CodedError ? read : undefined;
    const bearer = read instanceof CodedError ? undefined : read;
    const hasScope = (scope: Scope) =>
      bearer?.scopes.has(scope) === true || bearer?.scopes.has('admin') === true;
    const adminRight =
      request.adminRight ?? (hasScope('admin') && !request.isCrossSite ? ('signed' as const) : undefined);
    // This machine needs no pairing; where there are tokens it needs one, too.
    const isUnpairedHere = pairing !== undefined && token === undefined && signed === undefined && here;
    const mayUse = isOpen || isShared || device !== undefined || isUnpairedHere;

    function may(action: Action): boolean {
      switch (action) {
        case 'view':
        case 'predict':
          return mayUse || adminRight !== undefined || hasScope(action);
        case 'watch':
          if (hasScope(action)) return true;
          if (screenToken !== undefined) return isScreen;
          // Where everyone may use the server, strangers may not look through the cameras of others for that.
          return isOpen ? here : mayUse;
        case 'admin':
          return adminRight !== undefined;
        case 'invite':
          // Pages of other origins do not, even those that may use the server. Who has a token of the operator could hand on
          // that one as well, which does not end.
          return request.isOwnHere || isShared || isScreen || adminRight !== undefined;
        default:
          return action satisfies never;
      }
    }

    const expiresAt = device?.expiresAt ?? bearer?.expiresAt;
    return {
      may,
      refusal: (action) =>
        problem ?? refusals(action, { scopes: bearer?.scopes, isCrossSite: request.isCrossSite }),
      adminRight,
      subject: device ? `device|${device.id}` : bearer?.subject,
      expiresInMs: () => (expiresAt === undefined ? undefined : Math.max(0, expiresAt - now())),
    };
  }

  function findCaller(request: IncomingMessage): Promise<Caller> {
    const bearer = bearerOf(request.headers.authorization);
    const here = isHere(request, options);
    return callerBy(bearer, here, {
      adminRight: adminProof(request, bearer),
      isCrossSite: request.headers['sec-fetch-site'] === 'cross-site',
      isOwnHere: here && isOfOwnPage(request, options),
    });
  }

  /** The same request is asked about at several stations. */
  const known = new WeakMap<IncomingMessage, Promise<Caller>>();

  return {
    callerOf(request) {
      const found = known.get(request) ?? findCaller(request);
      known.set(request, found);
      return found;
    },
    callerWith: (given, here) => callerBy(given, here, NO_REQUEST),
    isHere: (request) => isHere(request, options),
    mintLink() {
      const { code, expiresAt } = codes.mint();
      const fragment = new URLSearchParams({ ...(token !== undefined && { token }), admin: code });
      return { fragment: fragment.toString(), expiresAt };
    },
    redeem: (code) => (codes.redeem(code) ? sessions.begin() : undefined),
  };
}

const bearerOf = (authorization: string | undefined) => /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
