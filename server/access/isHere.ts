import type { IncomingMessage } from 'node:http';
import { clientAddress, type ProxyOptions } from './clientAddress.ts';
import { readAddress } from './ipAddress.ts';
import { isLoopbackHost } from './loopback.ts';

/** What a proxy or a tunnel on this machine adds. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;

export interface HereOptions extends ProxyOptions {
  /** As in HOST. A server that listens on one address alone is asked there by its own machine, too. */
  host?: string | undefined;
}

/** Whether an address or a name stands for this machine alone, or is the one that the server listens on by its configuration. */
export function isOwnAddress(address: string, { host }: HereOptions): boolean {
  if (isLoopbackHost(address) || address === host) return true;
  const own = host === undefined ? undefined : readAddress(host);
  return own !== undefined && own === readAddress(address);
}

/**
 * Whether a request comes from this machine, where whoever runs programs can use the server. It needs a name of this machine
 * as its host, too: a page that made its own name lead here (DNS rebinding), and most tunnels, have another one. The
 * connection must be of this machine, whatever the headers say: a client that passes a trusted proxy by writes them itself.
 * HTTP/1.0 is no browser's, but what nginx speaks as it is set up at first, with our own address as the host.
 */
export function isHere(request: IncomingMessage, options: HereOptions): boolean {
  const { headers, socket, httpVersion } = request;
  const host = URL.canParse(`http://${headers.host}`) ? new URL(`http://${headers.host}`).hostname : '';
  const isForwarded =
    options.trustProxy.kind === 'none' && FORWARDED.some((name) => headers[name] !== undefined);
  return (
    !isForwarded &&
    httpVersion !== '1.0' &&
    isOwnAddress(host, options) &&
    isOwnAddress(socket.remoteAddress ?? '', options) &&
    isOwnAddress(clientAddress(request, options), options)
  );
}
