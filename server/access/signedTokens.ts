import { readFile, stat } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { PUBLIC_KEY_ALGORITHMS, readTokenKeys } from './tokenKeys.ts';

/** Where the keys come from that sign tokens. */
export type TokenKeySource =
  | { kind: 'key'; text: string }
  /** Read again when it changes. */
  | { kind: 'file'; path: string }
  /** Fetched again for a key that is not known. */
  | { kind: 'jwks'; url: string };

export interface SignedTokenRules {
  keys: TokenKeySource;
  /** `iss` is one of them; empty: any. */
  issuers: readonly string[];
  /** `aud` has one of them; empty: any. */
  audiences: readonly string[];
  /** Claims that hold scopes; `a.b` is `b` of `a`. */
  scopeClaims: readonly string[];
  /** What a scope begins with; others do not count. */
  scopePrefix: string;
}

/** What a token says that was checked. */
export interface SignedToken {
  /** By which its bearer is counted. */
  subject: string;
  /** Without the prefix. */
  scopes: ReadonlySet<string>;
  /** ms since 1970: from then on it is refused. */
  expiresAt: number;
}

export interface SignedTokens {
  /** @throws CodedError `unauthorized`, `token_expired`, or `keys_unavailable` */
  read(token: string): Promise<SignedToken>;
}

/** How far the clocks of issuer and server may be apart. */
const TOLERANCE_S = 30;
/** A file is looked at again no sooner, ms. */
const FILE_CHECK_MS = 1_000;
/** A token with an unknown key fetches the set again no sooner than this after it was fetched, ms. */
const COOLDOWN_MS = 30_000;
/** A set that could not be fetched is not asked for again before, ms. */
const FAILED_MS = 2_000;
const FETCH_TIMEOUT_MS = 5_000;

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

/**
 * Reads signed tokens (JWT). Keys rotate without a restart.
 * @param options.now ms since 1970
 * @param options.cooldownMs of a set that is fetched
 * @throws Error where the keys cannot be read; those of an address are fetched when a token comes
 */
export async function openSignedTokens(
  rules: SignedTokenRules,
  { log, now, cooldownMs = COOLDOWN_MS }: { log: Log; now: () => number; cooldownMs?: number },
): Promise<SignedTokens> {
  const verify = await verifierOf(rules.keys, { log, now, cooldownMs });
  return {
    async read(token) {
      let payload: JWTPayload;
      try {
        payload = await verify(token, {
          ...(rules.issuers.length > 0 && { issuer: [...rules.issuers] }),
          // One that never ends could not be taken back.
          requiredClaims: ['exp'],
          clockTolerance: TOLERANCE_S,
          currentDate: new Date(now()),
        });
      } catch (error) {
        throw refusalOf(error);
      }
      if (!isForAudience(payload, rules.audiences)) {
        throw new CodedError(
          'unauthorized',
          'This token is for another audience ("aud"). Get one for this server (JWT_AUDIENCE).',
        );
      }
      return {
        subject: [payload.iss ?? '', payload.sub ?? payload.client_id ?? payload.azp ?? ''].join('|'),
        scopes: scopesOf(payload, rules),
        expiresAt: ((payload.exp ?? 0) + TOLERANCE_S) * 1_000,
      };
    },
  };
}

interface VerifierOptions {
  log: Log;
  now: () => number;
  cooldownMs: number;
}

async function verifierOf(source: TokenKeySource, options: VerifierOptions): Promise<Verify> {
  switch (source.kind) {
    case 'key':
      return named('JWT_KEY', () => verifierOfText(source.text));
    case 'file':
      return verifierOfFile(source.path, options);
    case 'jwks':
      return verifierOfSet(remoteSet(source.url, options));
    default:
      return source satisfies never;
  }
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${name}: ${messageOf(cause)}`, { cause });
  }
}

function verifierOfText(text: string): Verify {
  const found = readTokenKeys(text);
  if (found.kind === 'set') return verifierOfSet(createLocalJWKSet({ keys: found.keys as never }));
  return async (token, options) => {
    let refusal: unknown;
    for (const { key, algorithms } of found.keys) {
      try {
        return (await jwtVerify(token, key, { ...options, algorithms: [...algorithms] })).payload;
      } catch (error) {
        refusal = error;
        // Another key may have signed it: only what is said of the signature depends on the key.
        if (!isOfKey(error)) throw error;
      }
    }
    throw refusal;
  };
}

const isOfKey = (error: unknown) =>
  error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed;

function verifierOfSet(set: JWTVerifyGetKey): Verify {
  return async (token, options) => {
    const strict = { ...options, algorithms: [...PUBLIC_KEY_ALGORITHMS] };
    try {
      return (await jwtVerify(token, set, strict)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token names no key, and several are of its kind.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, strict)).payload;
        } catch (reason) {
          if (!(reason instanceof errors.JWSSignatureVerificationFailed)) throw reason;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
}

function remoteSet(url: string, { log, now, cooldownMs }: VerifierOptions): JWTVerifyGetKey {
  let failedAt = Number.NEGATIVE_INFINITY;
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: cooldownMs,
    timeoutDuration: FETCH_TIMEOUT_MS,
    async [customFetch](address, init) {
      // jose waits after a success only: each token would be a request to a server that has trouble already.
      if (now() - failedAt < FAILED_MS) throw new KeysUnavailable('it failed a moment ago');
      try {
        const answer = await fetch(address, init);
        if (answer.status !== 200) throw new Error(`status ${answer.status}`);
        return answer;
      } catch (cause) {
        failedAt = now();
        log.warn({ host: new URL(url).host, error: messageOf(cause) }, 'keys of tokens could not be fetched');
        throw new KeysUnavailable(messageOf(cause), { cause });
      }
    },
  });
}

/** No answer from where the keys are. */
class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** Looks whether the file has changed when a token comes: Kubernetes replaces it by a link, which some watchers miss. */
async function verifierOfFile(path: string, { log, now }: VerifierOptions): Promise<Verify> {
  const stateOf = async () => {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  };
  const read = async () => {
    const text = await readFile(path, 'utf8');
    return named(`JWT_KEY_FILE: ${path}`, () => verifierOfText(text));
  };
  let state = await stateOf().catch((cause: unknown) => {
    throw new Error(`JWT_KEY_FILE: ${messageOf(cause)}`, { cause });
  });
  let verify = await read();
  let checkedAt = now();
  return async (token, options) => {
    if (now() - checkedAt >= FILE_CHECK_MS) {
      checkedAt = now();
      try {
        const newState = await stateOf();
        if (newState !== state) {
          state = newState;
          verify = await read();
          log.info({}, 'keys of tokens read again');
        }
      } catch (error) {
        // The previous keys stay.
        log.warn({ error: messageOf(error) }, 'keys of tokens were not read again');
      }
    }
    return verify(token, options);
  };
}

/** Access tokens of Amazon Cognito have no `aud`, but say which app they are for in `client_id`. */
function isForAudience({ aud, client_id, token_use }: JWTPayload, audiences: readonly string[]): boolean {
  if (audiences.length === 0) return true;
  const given = aud ?? (token_use === 'access' ? client_id : undefined);
  return [given].flat().some((one) => audiences.includes(String(one)));
}

/** Scopes as text with spaces between them (RFC 8693), or as a list. */
function scopesOf(payload: JWTPayload, { scopeClaims, scopePrefix }: SignedTokenRules): Set<string> {
  const given = scopeClaims.flatMap((claim) => {
    const value = claim
      .split('.')
      .reduce<unknown>(
        (of, name) => (typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined),
        payload,
      );
    if (typeof value === 'string') return value.split(' ');
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  });
  return new Set(
    given.filter((scope) => scope.startsWith(scopePrefix)).map((scope) => scope.slice(scopePrefix.length)),
  );
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new CodedError('token_expired', 'This token has expired. Get a new one.', { cause: error });
  }
  const why = whyRefused(error);
  if (why !== undefined) return new CodedError('unauthorized', why, { cause: error });
  if (error instanceof KeysUnavailable || error instanceof errors.JOSEError) {
    return new CodedError(
      'keys_unavailable',
      'The keys that sign tokens cannot be fetched now. Try again; the log of the server has the reason.',
      { cause: error },
    );
  }
  return error;
}

function whyRefused(error: unknown): string | undefined {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf')
      return 'This token is not valid yet ("nbf"). Wait, or set the clock of its issuer right.';
    if (error.claim === 'iss')
      return 'This token is of another issuer ("iss"). Get one of the issuer of this server (JWT_ISSUER).';
    return `The claim "${error.claim}" of this token is missing or wrong. Get one that has it.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return 'This token is signed by an algorithm that the keys of this server do not have, or not at all ("alg"). Sign it with one that they have.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return 'This token is not signed by a key that this server knows. Get one of its issuer.';
  }
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
    return 'This token is damaged: it is no JWT that can be read. Get a new one.';
  }
  return undefined;
}
