import { lookup as lookUp } from 'node:dns';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { ImportError } from '../importError.ts';

/**
 * Asks addresses that strangers name. Whether an address may be asked is decided on what the name resolves to, and the
 * connection goes to just that: there is no second resolution that could say something else. Each redirect is a new
 * address.
 */
export interface Network {
  /**
   * Follows redirects and resolves with the headers of the first answer that is none.
   * @throws ImportError `forbidden_source`; any other error is of the connection
   */
  get(url: URL, options: { headers?: Headers; signal?: AbortSignal | undefined }): Promise<Answer>;
}

export interface Answer {
  /** After redirects. */
  url: URL;
  status: number;
  headers: IncomingMessage['headers'];
  body: IncomingMessage;
}

type Headers = Readonly<Record<string, string>>;

const MAX_REDIRECTS = 5;
/** To connect, and between two pieces of an answer. */
const IDLE_MS = 30_000;
/** Of no use at another host, or not for its eyes. */
const SECRET_HEADERS = ['authorization', 'cookie'];

export interface NetworkOptions {
  /** Also private addresses and this machine, and those also over plain http. For the person at the machine only. */
  allowPrivate: boolean;
  /** An origin that may be asked wherever it is: the operator named it. Redirects away from it are none of its. */
  trustedOrigin?: string | undefined;
  idleMs?: number;
  /** What counts as public. `isPublicAddress` unless a test has a small internet of its own. */
  isPublic?: (address: string) => boolean;
}

export function createNetwork(options: NetworkOptions): Network {
  const { allowPrivate, trustedOrigin, idleMs = IDLE_MS, isPublic = isPublicAddress } = options;

  function assertAllowed(url: URL, address: string): void {
    const isInside = allowPrivate || url.origin === trustedOrigin;
    const isAllowed = isPublic(address) ? url.protocol === 'https:' : isInside;
    if (isAllowed) return;
    throw new ImportError(
      'forbidden_source',
      isPublic(address)
        ? `${url.origin} is a plain http address; its content could be changed on the way. Use https.`
        : `${url.hostname} is an address of this machine or of a private network (${address}), which the server does not fetch. ` +
            'On the machine of the server, use "npm run models -- add … --allow-private".',
    );
  }

  function open(url: URL, headers: Headers, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    assertKind(url);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    // A literal address is connected to without asking `lookup`.
    if (isIP(literal) !== 0) assertAllowed(url, literal);
    const lookup: LookupFunction = (hostname, lookupOptions, callback) => {
      lookUp(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
        const [first] = addresses ?? [];
        if (error || first === undefined) {
          callback(error ?? new Error(`${hostname} has no address`), '', 0);
          return;
        }
        try {
          for (const { address } of addresses) assertAllowed(url, address);
        } catch (refusal) {
          callback(refusal instanceof Error ? refusal : new Error(String(refusal)), '', 0);
          return;
        }
        if (lookupOptions.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
        // A connection that is kept from before was checked for another name.
        agent: false,
        headers: { 'User-Agent': 'livelens', 'Accept-Encoding': 'identity', ...headers },
        lookup,
        timeout: idleMs,
        signal,
      });
      request.once('timeout', () => {
        request.destroy(new Error(`${url.host} was silent for ${Math.round(idleMs / 1000)} s`));
      });
      request.once('error', reject);
      request.once('response', resolve);
      request.end();
    });
  }

  return {
    async get(url, { headers = {}, signal }) {
      let at = url;
      let sent = headers;
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const body = await open(at, sent, signal);
        const status = body.statusCode ?? 0;
        const { location } = body.headers;
        if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
          return { url: at, status, headers: body.headers, body };
        }
        body.destroy();
        if (!URL.canParse(location, at)) {
          throw new ImportError('forbidden_source', aboutSource('redirect_invalid', { host: at.host }));
        }
        const next = new URL(location, at);
        if (next.origin !== at.origin) sent = withoutSecrets(sent);
        at = next;
      }
      throw new ImportError(
        'forbidden_source',
        aboutSource('redirects', { host: url.host, max: MAX_REDIRECTS }),
      );
    },
  };
}

function assertKind(url: URL): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ImportError('forbidden_source', aboutSource('no_https', { protocol: url.protocol }));
  }
  if (url.username !== '' || url.password !== '') {
    throw new ImportError('forbidden_source', aboutSource('no_credentials'));
  }
}

const withoutSecrets = (headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name.toLowerCase())),
  );

/**
 * Whether an address is of the public internet: not this machine, a private or shared network, a cloud's metadata
 * service, multicast, or a wrapping of one of these.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // Unwraps IPv4 in IPv6.
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  const bytes = address.toByteArray();
  // NAT64: networks without IPv4 reach the public internet through it.
  if (address.range() === 'rfc6052') return isPublicAddress(bytes.slice(12).join('.'));
  // 2000::/3 is all of IPv6 that has been given to anyone.
  return address.range() === 'unicast' && ((bytes[0] ?? 0) & 0xe0) === 0x20;
}
