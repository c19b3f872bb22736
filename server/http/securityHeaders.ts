import type { IncomingMessage } from 'node:http';
import { isFromProxy, type ProxyOptions } from '../access/clientAddress.ts';
import { isLoopbackHost } from '../access/loopback.ts';

/** Features of browsers that the pages do not use; all of them are known to Chromium, which warns of others. */
const UNUSED_FEATURES = [
  ...['accelerometer', 'browsing-topics', 'geolocation', 'gyroscope', 'hid', 'idle-detection'],
  ...['local-fonts', 'magnetometer', 'microphone', 'midi', 'payment', 'serial', 'usb', 'xr-spatial-tracking'],
];

/**
 * Headers that every answer carries: those of OWASP's list that concern it (https://owasp.org/www-project-secure-headers/).
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // The two that make a page cross-origin isolated, which threads in WebAssembly need.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': [
    'camera=(self), display-capture=(self), screen-wake-lock=(self)',
    ...UNUSED_FEATURES.map((feature) => `${feature}=()`),
  ].join(', '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // For browsers and scanners that do not know frame-ancestors.
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
};

/** Of an answer that is no page and no script: where it is opened as one, nothing in it runs. */
export const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

/** A year. */
const HSTS = 'max-age=31536000';

export interface HstsOptions extends ProxyOptions {
  /** See Config. */
  tls?: { kind: 'authority' | 'files' } | undefined;
}

/**
 * Strict-Transport-Security, where browsers shall never again speak plain HTTP to this host. That holds for all ports of the
 * host, and for a year. So it is sent only over TLS with a certificate of the operator's own or at a trusted proxy, on the
 * standard port, and neither for this machine nor for a name of the network that others take tomorrow.
 */
export function hstsOf(request: IncomingMessage, options: HstsOptions): string | undefined {
  const { headers, socket } = request;
  const url = URL.canParse(`https://${headers.host}`) ? new URL(`https://${headers.host}`) : undefined;
  if (url === undefined || url.port !== '' || isLoopbackHost(url.hostname)) return undefined;
  if (/(^[\d.]+$)|(^\[)|(\.local$)/.test(url.hostname)) return undefined;
  const isOwn = 'encrypted' in socket && socket.encrypted === true && options.tls?.kind === 'files';
  const isAtProxy = headers['x-forwarded-proto'] === 'https' && isFromProxy(request, options);
  return isOwn || isAtProxy ? HSTS : undefined;
}
