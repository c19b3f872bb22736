import type { IncomingMessage } from 'node:http';

/**
 * Takes the base path off a request's address, so that all that follows knows only paths of the server's own. A request that
 * does not have it stays as it is: health checks ask inside the proxy, and a proxy may remove the path after all.
 * @param basePath such as `/lens`, or empty
 * @returns where the page is, if the request is for the base path without the slash that relative addresses need
 */
export function removeBasePath(request: Pick<IncomingMessage, 'url'>, basePath: string): string | undefined {
  const { url } = request;
  if (basePath === '' || !url?.startsWith(basePath)) return undefined;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) request.url = rest;
  else if (rest === '' || rest.startsWith('?')) return `${basePath}/${rest}`;
  return undefined;
}
