/**
 * The address of something on a server.
 *
 * @param path below the server's address, without a slash in front: `v1/models`
 * @param server the server's address, with or without a slash at its end
 * @throws TypeError if `server` is no http: or https: address
 */
export function serverUrl(path: string, server: string): URL {
  if (!/^https?:\/\//i.test(server)) {
    throw new TypeError(`An address such as https://lens.example expected, got "${server}".`);
  }
  const base = new URL(server);
  // What follows belongs to a page, not to the server.
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return new URL(path, base);
}

/** The same for a WebSocket: `https://example.org/lens` gives `wss://example.org/lens/…`. */
export const socketUrl = (path: string, server: string): string =>
  serverUrl(path, server).href.replace(/^http/, 'ws');
