import type { IncomingMessage } from 'node:http';
import { clientAddress, type ProxyOptions } from './clientAddress.ts';
import { isLoopbackHost } from './loopback.ts';

/** What a proxy or a tunnel on this machine adds. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;

/**
 * Whether a request comes from this machine, where whoever runs programs can use the server. It needs a name of this machine
 * as its host, too: a page that made its own name lead here (DNS rebinding), and most tunnels, have another one.
 */
export function isHere(request: IncomingMessage, options: ProxyOptions): boolean {
  const { headers } = request;
  const host = URL.canParse(`http://${headers.host}`) ? new URL(`http://${headers.host}`).hostname : '';
  const isForwarded =
    options.trustProxy.kind === 'none' && FORWARDED.some((name) => headers[name] !== undefined);
  return !isForwarded && isLoopbackHost(host) && isLoopbackHost(clientAddress(request, options));
}
