import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Files of a site by their paths; `policy` is the content security policy of a page. They may be added while it is open. */
export type SiteFiles = Record<string, { type: string; body: string; policy?: string }>;

/** A site of someone else, on an origin of its own. */
export async function openSite(files: SiteFiles) {
  const site = createServer((request, response) => {
    const file = files[new URL(request.url ?? '/', 'http://site').pathname];
    if (file === undefined) return response.writeHead(404).end();
    const policy = file.policy && { 'Content-Security-Policy': file.policy };
    return response.writeHead(200, { 'Content-Type': file.type, ...policy }).end(file.body);
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { port } = site.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => site.close() };
}

/** The page of examples/element.html, asking `server`, and allowed nothing else: neither styles nor workers. */
export const elementPage = (example: string, server: string): SiteFiles[string] => ({
  type: 'text/html',
  body: example.replace('http://localhost:3000', server),
  policy: `default-src 'none'; script-src ${server}; connect-src ${server} ${server.replace('http', 'ws')}`,
});
