import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { peerGroup } from '../access/clientAddress.ts';
import { type HereOptions, isOwnAddress } from '../access/isHere.ts';

/** The page that tells a person what comes, before the browser's warning. */
export const PHONE_PAGE = '/phone';

/** What becomes of a request that may have come without TLS. */
export type PlainAnswer =
  | { kind: 'serve' }
  /** The page that a person sees first; it leads on. */
  | { kind: 'explain' }
  | { kind: 'redirect'; location: string };

/** Platforms and monitors ask for these by plain HTTP, and they hold nothing of anyone. */
const FOR_ALL = /^\/(healthz|readyz|metrics)$/;
/** What the page that explains is made of. */
const PARTS_OF_PAGES = /^\/(_next\/static\/|icons\/|icon\.svg$|manifest\.webmanifest$)/;

/**
 * Whether a request of another machine came without TLS, past no proxy that is trusted: browsers give such a page no camera.
 */
export function isPlainFromOutside({ socket }: IncomingMessage, options: HereOptions): boolean {
  if (socket instanceof TLSSocket) return false;
  const isProxy = peerGroup(socket.remoteAddress, options) === undefined;
  return !isProxy && !isOwnAddress(socket.remoteAddress ?? '', options);
}

/**
 * @param fallbackHost where the request names none: host and port of this server
 * @param basePath see Config
 */
export function answerToPlain(
  { method, url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  fallbackHost: string,
  basePath = '',
): PlainAnswer {
  const [asked = '/'] = url.split('?');
  const path = asked.startsWith(`${basePath}/`) ? asked.slice(basePath.length) : asked;
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead && (FOR_ALL.test(path) || PARTS_OF_PAGES.test(path))) return { kind: 'serve' };
  const isPage = path === '/' || path === '/index.html' || path === PHONE_PAGE;
  if (isRead && isPage && headers.accept?.includes('text/html')) return { kind: 'explain' };
  // A path that begins with two slashes would be another host.
  return {
    kind: 'redirect',
    location: `https://${hostOf(headers.host) ?? fallbackHost}${url.replace(/^\/*/, '/')}`,
  };
}

/** Host and port that a request names, for https on the same port; undefined where it names none. */
function hostOf(host: string | undefined): string | undefined {
  if (host === undefined || /[/?#@\\]/.test(host) || !URL.canParse(`https://${host}`)) return undefined;
  // Browsers leave out the port of http, where https has another.
  return /:\d+$/.test(host) ? host : `${host.replace(/:$/, '')}:80`;
}
