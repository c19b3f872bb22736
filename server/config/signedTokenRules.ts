import { isLoopbackHost } from '../access/loopback.ts';
import type { SignedTokenRules, TokenKeySource } from '../access/signedTokens.ts';
import type { Settings } from './settings.ts';

export interface SignedTokenSettings {
  JWT_KEY?: string | undefined;
  JWT_KEY_FILE?: string | undefined;
  JWT_JWKS_URL?: string | undefined;
  JWT_ISSUER: string[];
  JWT_AUDIENCE: string[];
  JWT_SCOPE_CLAIM: string[];
  JWT_SCOPE_PREFIX?: string | undefined;
}

/**
 * Resolves the settings of signed tokens.
 * @returns undefined where none has a key: signed tokens are not taken
 * @throws Error where settings contradict each other
 */
export function signedTokenRules(
  settings: SignedTokenSettings,
  { nameOf, originOf }: Settings,
): SignedTokenRules | undefined {
  const sources: [name: 'JWT_KEY' | 'JWT_KEY_FILE' | 'JWT_JWKS_URL', TokenKeySource][] = [];
  if (settings.JWT_KEY) sources.push(['JWT_KEY', { kind: 'key', text: settings.JWT_KEY }]);
  if (settings.JWT_KEY_FILE) sources.push(['JWT_KEY_FILE', { kind: 'file', path: settings.JWT_KEY_FILE }]);
  if (settings.JWT_JWKS_URL) sources.push(['JWT_JWKS_URL', { kind: 'jwks', url: settings.JWT_JWKS_URL }]);
  const [first, second] = sources;
  if (first === undefined) {
    // Whoever sets one of these means to close the server.
    for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_SCOPE_PREFIX'] as const) {
      if (originOf(name) !== 'default' && settings[name]?.length) {
        throw new Error(
          `${nameOf(name)}: no key of tokens is set. Set JWT_KEY, JWT_KEY_FILE or JWT_JWKS_URL as well.`,
        );
      }
    }
    return undefined;
  }
  if (second) throw new Error(`${nameOf(second[0])}: ${first[0]} is set as well. Leave one of the two out.`);
  if (settings.JWT_JWKS_URL) {
    const { protocol, hostname } = new URL(settings.JWT_JWKS_URL);
    if (protocol !== 'https:' && !(protocol === 'http:' && isLoopbackHost(hostname))) {
      throw new Error(
        `${nameOf('JWT_JWKS_URL')}: an https address expected, got ${protocol}//…: whoever changes the keys on their way could sign tokens.`,
      );
    }
    // The keys of a provider sign tokens of other apps, and often those of other customers.
    for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const) {
      if (settings[name].length === 0) {
        throw new Error(
          `${nameOf('JWT_JWKS_URL')}: needs ${name} as well: its keys sign tokens that are for others, too.`,
        );
      }
    }
  }
  return {
    keys: first[1],
    issuers: settings.JWT_ISSUER,
    audiences: settings.JWT_AUDIENCE,
    scopeClaims: settings.JWT_SCOPE_CLAIM,
    scopePrefix: settings.JWT_SCOPE_PREFIX ?? '',
  };
}
