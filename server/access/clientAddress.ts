import type { IncomingMessage } from 'node:http';
import { addressGroup, isInRanges, readAddress } from './ipAddress.ts';
import type { TrustedProxies } from './trustedProxies.ts';

export interface ProxyOptions {
  trustProxy: TrustedProxies;
}

/** What the sender of a request is derived from. */
type Sender = Pick<IncomingMessage, 'headers' | 'headersDistinct'> & {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
};

/** Requests whose sender was found already: headers are read once. */
const known = new WeakMap<Sender, string>();

/**
 * Who sent a request: the nearest address that is no trusted proxy's, written in one way. Where a proxy's word is no
 * address, it is the nearest proxy before it, so that no one escapes a limit by nonsense.
 */
export function clientAddress(request: Sender, { trustProxy }: ProxyOptions): string {
  const found = known.get(request) ?? findAddress(request, trustProxy);
  known.set(request, found);
  return found;
}

/** By what limits count the sender of a request: its IPv4 address, or the /64 of its IPv6 address. */
export const clientGroup = (request: Sender, options: ProxyOptions): string =>
  addressGroup(clientAddress(request, options));

/**
 * The group by which limits count the holder of a connection.
 * @returns undefined where that is a proxy, which speaks for many
 */
export function peerGroup(
  remoteAddress: string | undefined,
  { trustProxy }: ProxyOptions,
): string | undefined {
  const peer = peerAddress(remoteAddress);
  return isProxy(peer, trustProxy) ? undefined : addressGroup(peer);
}

/** The host that a request was sent to, as trusted proxies state it; undefined where it is the `Host` header. */
export function forwardedHost(request: Sender, { trustProxy }: ProxyOptions): string | undefined {
  if (!isProxy(peerAddress(request.socket.remoteAddress), trustProxy)) return undefined;
  const hosts = entriesOf(request, 'x-forwarded-host', 'all');
  // Proxies that make a list of it add to its end.
  return hosts.at(-Math.min(trustProxy.kind === 'count' ? trustProxy.count : 1, hosts.length));
}

/** Whether the connection of a request is that of a trusted proxy, so that its headers are the proxy's word. */
export const isFromProxy = (request: Sender, { trustProxy }: ProxyOptions): boolean =>
  isProxy(peerAddress(request.socket.remoteAddress), trustProxy);

function findAddress(request: Sender, trust: TrustedProxies): string {
  const peer = peerAddress(request.socket.remoteAddress);
  switch (trust.kind) {
    case 'none':
      return peer;
    case 'header': {
      const [only, ...more] = entriesOf(request, trust.header, 'all');
      return (more.length === 0 && readAddress(only ?? '')) || peer;
    }
    case 'count': {
      const entries = entriesOf(request, 'x-forwarded-for', trust.line);
      // The first of these was added by the proxy that is farthest from us.
      return entries.slice(-trust.count).map(readAddress).find(Boolean) ?? peer;
    }
    case 'ranges': {
      let nearest = peer;
      for (const entry of entriesOf(request, 'x-forwarded-for', 'all').toReversed()) {
        const before = isProxy(nearest, trust) ? readAddress(entry) : undefined;
        if (before === undefined) break;
        nearest = before;
      }
      return nearest;
    }
  }
}

const isProxy = (address: string, trust: TrustedProxies): boolean =>
  trust.kind === 'ranges' ? isInRanges(address, trust.ranges) : trust.kind !== 'none';

const peerAddress = (remoteAddress = 'unknown'): string => readAddress(remoteAddress) ?? remoteAddress;

/** The entries of a header that is a list; empty ones are left out. */
function entriesOf({ headersDistinct }: Sender, name: string, line: 'all' | 'first'): string[] {
  const lines = headersDistinct[name] ?? [];
  return (line === 'first' ? lines.slice(0, 1) : lines)
    .flatMap((text) => text.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
