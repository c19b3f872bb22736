import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { clientAddress, type ProxyOptions } from '../access/clientAddress.ts';
import { isAllowedOrigin } from '../access/origin.ts';
import { isToken } from '../session/token.ts';

/** By which right somebody may change models. */
export type AdminRight = 'loopback' | 'token';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** What proxies and tunnels add. With one of them before us, everybody comes from the loopback interface. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
];

/**
 * Who may change models: the holder of the operator's token, and, where nothing tells of a server for others (TOKEN,
 * ADMIN_TOKEN, ALLOWED_ORIGINS, TRUST_PROXY), the machine itself, by its loopback interface. A page
 * of another site that has its name resolve to 127.0.0.1 comes from there, too, and is known by its Host; one that posts
 * to us is known by its Origin.
 */
export function adminRight(
  request: IncomingMessage,
  options: ProxyOptions & {
    allowedOrigins: readonly string[];
    adminToken: string | undefined;
    token: string | undefined;
  },
): AdminRight | undefined {
  const { headers, httpVersion } = request;
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (options.adminToken !== undefined && isToken(options.adminToken, bearer)) return 'token';

  // Signs of a server for others, perhaps behind a proxy that adds no header: then everybody seems to come from here.
  const isDeployed =
    options.trustProxy.kind !== 'none' ||
    options.allowedOrigins.length > 0 ||
    options.adminToken !== undefined ||
    options.token !== undefined;
  if (isDeployed) return undefined;
  const isProxied = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  // No browser and no tool of ours speaks HTTP/1.0; proxies that add no headers often do.
  if (httpVersion === '1.0' || isProxied) return undefined;
  const isLocal = isLoopbackAddress(clientAddress(request, options)) && isLoopbackHost(headers.host);
  return isLocal && isAllowedOrigin(request, options) ? 'loopback' : undefined;
}

const isLoopbackAddress = (address: string) => loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  return isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''));
}
