import { type AddressRange, readRange } from './ipAddress.ts';

/** Whose word about a client's address is taken, resolved once from `TRUST_PROXY`; docs/proxies.md explains each. */
export type TrustedProxies =
  /** Clients connect directly. */
  | { kind: 'none' }
  /**
   * This number of proxies, each of which appends the address that it was called from to X-Forwarded-For. `line`: which of several lines of that
   * header they add to; HTTP makes one list of all.
   */
  | { kind: 'count'; count: number; line: 'all' | 'first' }
  /** Proxies with these addresses, each of which adds whom it was asked by to X-Forwarded-For. */
  | { kind: 'ranges'; ranges: readonly AddressRange[] }
  /** A platform that names the client, and nothing else, in a header of its own. In lower case. */
  | { kind: 'header'; header: string };

const appended = { kind: 'count', count: 1, line: 'all' } as const satisfies TrustedProxies;
/** The load balancer adds the client's address and then its own. */
const withOwnAddress = { kind: 'count', count: 2, line: 'all' } as const satisfies TrustedProxies;

/** Platforms and proxies as they come, by name. Each is confirmed by a source in docs/proxies.md. */
const PLATFORMS: Readonly<Record<string, TrustedProxies>> = {
  'app-engine': withOwnAddress,
  'aws-alb': appended,
  'azure-application-gateway': appended,
  caddy: appended,
  'cloud-run': appended,
  cloudflare: { kind: 'header', header: 'cf-connecting-ip' },
  fly: { kind: 'header', header: 'fly-client-ip' },
  'google-load-balancer': withOwnAddress,
  // Where a client sends several lines, the router adds to the first of them.
  heroku: { kind: 'count', count: 1, line: 'first' },
  nginx: appended,
  railway: { kind: 'header', header: 'x-real-ip' },
};

const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/** More than any chain of proxies has. */
const MAX_PROXIES = 16;

export const TRUST_PROXY_FORMS =
  `0, how many proxies stand in front (1 to ${MAX_PROXIES}), their addresses or ranges ` +
  `(10.0.0.0/8, loopback, private; several with commas), or one of ${Object.keys(PLATFORMS).join(', ')}`;

/**
 * Reads `TRUST_PROXY`.
 * @returns undefined where the text is none of TRUST_PROXY_FORMS
 */
export function readTrustedProxies(text: string): TrustedProxies | undefined {
  const wanted = text.trim().toLowerCase();
  if (['', '0', 'false'].includes(wanted)) return { kind: 'none' };
  if (wanted === 'true') return appended;
  if (/^\d+$/.test(wanted)) {
    const count = Number(wanted);
    return count <= MAX_PROXIES ? { kind: 'count', count, line: 'all' } : undefined;
  }
  if (Object.hasOwn(PLATFORMS, wanted)) return PLATFORMS[wanted];
  const entries = wanted.split(',').map((entry) => entry.trim());
  const ranges = entries
    .flatMap((entry) => (Object.hasOwn(RANGES, entry) ? (RANGES[entry] ?? []) : [entry]))
    .map(readRange);
  return ranges.every((range) => range !== undefined) ? { kind: 'ranges', ranges } : undefined;
}
