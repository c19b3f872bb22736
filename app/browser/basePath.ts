import { serverUrl as urlOnServer } from '../../client/serverUrl.ts';

/**
 * The path that this page and its server have in common, with a slash at both ends: `/`, or `/lens/` behind a reverse proxy
 * that serves them under a path. It is read from the page's own address, as a proxy that removes the path does not report it.
 * For the page and its service worker; other workers have deeper addresses and are given absolute URLs. Where there is no
 * address, as while the pages are built, it is `/`.
 */
export function basePath(): string {
  return typeof location === 'undefined' ? '/' : new URL('.', location.href).pathname;
}

/**
 * The URL of something on the server. Every request of the page gets its URL here.
 * @param path below the server's address, without a slash in front: `v1/models`
 * @param base the server's address, with or without a slash at its end. Default: where the page comes from
 */
export function serverUrl(path: string, base = new URL('.', location.href).href): string {
  return urlOnServer(path, base).href;
}
