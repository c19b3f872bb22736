import { createPublicKey, type KeyObject } from 'node:crypto';
import { messageOf } from '../../protocol/errors.ts';

/** What signs tokens, as an operator gives it: a secret, public keys, or a set of them (JWKS). */
export type TokenKeys =
  | { kind: 'keys'; keys: readonly { key: KeyObject | Uint8Array; algorithms: readonly string[] }[] }
  | { kind: 'set'; keys: readonly Record<string, unknown>[] };

/** Of public keys. Neither `none`, nor HMAC: whoever knows a public key could sign with it. */
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** RFC 7518, section 3.2: a key of HMAC is at least as long as its hash. Bytes. */
const HMAC = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const;
const MIN_RSA_BITS = 2_048;
const ECDSA: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};
const PEM_BLOCK = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g;

/**
 * Reads keys. The algorithms follow from the kind of the key, never from a token.
 * @param text a secret, PEM (one public key or certificate, or several), or JSON (a JWK, or a set)
 * @throws Error that says what is expected
 */
export function readTokenKeys(text: string): TokenKeys {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return { kind: 'set', keys: readSet(trimmed) };
  // Environment variables often have line ends written out.
  const pem = trimmed.replaceAll('\\n', '\n');
  if (pem.includes('-----BEGIN')) return { kind: 'keys', keys: readPem(pem) };
  const secret = new TextEncoder().encode(trimmed);
  const algorithms = HMAC.filter(([, bytes]) => secret.byteLength >= bytes).map(([name]) => name);
  if (algorithms.length === 0) {
    throw new Error('a secret of at least 32 bytes, a public key in PEM, or a JWKS in JSON expected.');
  }
  return { kind: 'keys', keys: [{ key: secret, algorithms }] };
}

function readPem(pem: string) {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw new Error('a public key expected, got a private one: only who makes tokens should have that.');
  }
  return (pem.match(PEM_BLOCK) ?? [pem]).map((block) => {
    try {
      const key = createPublicKey(block);
      return { key, algorithms: algorithmsOf(key) };
    } catch (cause) {
      throw new Error(`a public key or a certificate in PEM expected: ${messageOf(cause)}`, { cause });
    }
  });
}

function algorithmsOf({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): readonly string[] {
  switch (type) {
    case 'rsa':
    case 'rsa-pss': {
      const bits = details?.modulusLength ?? 0;
      if (bits < MIN_RSA_BITS) throw new Error(`an RSA key of ${MIN_RSA_BITS} bits or more, got ${bits}.`);
      return PUBLIC_KEY_ALGORITHMS.filter(
        (name) => name.startsWith('PS') || (type === 'rsa' && name.startsWith('RS')),
      );
    }
    case 'ec': {
      const algorithm = ECDSA[details?.namedCurve ?? ''];
      if (algorithm) return [algorithm];
      throw new Error(`a key on the curve P-256, P-384 or P-521, got ${details?.namedCurve}.`);
    }
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    default:
      throw new Error(`an RSA, EC or Ed25519 key, got ${type}.`);
  }
}

function readSet(json: string): Record<string, unknown>[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new Error(`a JWKS in JSON expected: ${messageOf(cause)}`, { cause });
  }
  const given: unknown = Reflect.get(value as object, 'keys') ?? [value];
  const keys = Array.isArray(given) ? given.filter((key) => typeof key === 'object' && key !== null) : [];
  if (keys.length === 0) throw new Error('a JWKS with at least one key expected.');
  if (keys.some((key) => key.kty === 'oct' || 'd' in key)) {
    throw new Error('a JWKS of public keys expected, got one with a secret or a private key.');
  }
  return keys;
}
