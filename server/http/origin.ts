import type { IncomingMessage } from 'node:http';

export interface ProxyOptions {
  /** Believe X-Forwarded-For and X-Forwarded-Host: only behind a proxy that sets them itself. */
  trustProxy: boolean;
}

/**
 * Whether a request comes from a page that may use this server: one of our own origin, or a configured one. Browsers
 * send Origin with every WebSocket and every cross-origin POST; a client without one is no page, and no page can make
 * it.
 */
export function isAllowedOrigin(
  { headers }: Pick<IncomingMessage, 'headers'>,
  options: ProxyOptions & { allowedOrigins: readonly string[] },
): boolean {
  const { origin } = headers;
  if (origin === undefined) return true;
  if (options.allowedOrigins.includes('*') || options.allowedOrigins.includes(origin)) return true;
  const forwarded = options.trustProxy ? headers['x-forwarded-host'] : undefined;
  const host = forwarded?.toString() ?? headers.host;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Who connects, for limits per address. */
export function clientAddress(request: IncomingMessage, options: ProxyOptions): string {
  // The last entry is the one that our own proxy added; those before it are the client's word.
  const forwarded = options.trustProxy
    ? request.headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim()
    : undefined;
  return forwarded || (request.socket.remoteAddress ?? 'unknown');
}
