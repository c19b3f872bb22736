import type { IncomingMessage } from 'node:http';
import { forwardedHost, type ProxyOptions } from './clientAddress.ts';

/**
 * Whether a request comes from a page that may use this server: one of our own origin, or a configured one. Browsers
 * send Origin with every WebSocket and every cross-origin POST; a client without one is no page, and no page can make
 * it.
 */
export function isAllowedOrigin(
  request: IncomingMessage,
  options: ProxyOptions & { allowedOrigins: readonly string[] },
): boolean {
  const { origin } = request.headers;
  if (origin !== undefined && options.allowedOrigins.some((allowed) => allowed === '*' || allowed === origin))
    return true;
  return isOfOwnPage(request, options);
}

/** Whether a request comes from a page of our own origin, or from no page. */
export function isOfOwnPage(request: IncomingMessage, options: ProxyOptions): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const host = forwardedHost(request, options) ?? request.headers.host;
  return URL.canParse(origin) && new URL(origin).host === host;
}
