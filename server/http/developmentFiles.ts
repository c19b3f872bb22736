import type { Handler } from 'hono';
import { bundleLiveLens } from './bundleLiveLens.ts';
import { LIVE_LENS_PATH } from './liveLensScript.ts';
import { openRuntimeFiles } from './runtimeFiles.ts';

/** The path of the service worker, which only the build makes. */
export const SERVICE_WORKER_PATH = '/sw.js';

/**
 * Takes the place of the service worker that a built page left in the browser at the same address: that one would go on to
 * give the built page. It removes what was kept of the page (not the models on the device), and then itself.
 */
const LEAVING_WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(leave()));
async function leave() {
  const names = (await caches.keys()).filter((name) => name.startsWith('serwist-') && name.endsWith('-' + self.registration.scope));
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
  const pages = await self.clients.matchAll({ type: 'window' });
  await Promise.all(pages.map((page) => page.navigate(page.url)));
}
`;

const SCRIPT = { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' };

/** What Next's development server does not have. */
export async function openDevelopmentFiles(): Promise<Handler> {
  const runtimeFiles = await openRuntimeFiles();
  return async (c, next) => {
    switch (c.req.path) {
      case SERVICE_WORKER_PATH:
        return c.body(LEAVING_WORKER, 200, SCRIPT);
      case LIVE_LENS_PATH:
        return c.body(await bundleLiveLens(), 200, SCRIPT);
      default:
        return runtimeFiles(c, next);
    }
  };
}
