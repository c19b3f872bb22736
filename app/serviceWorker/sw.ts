import { CacheFirst, copyResponse, type PrecacheEntry, Serwist, type SerwistPlugin } from 'serwist';
import { RUNTIME_URL } from '../device/runtimeUrl.ts';
import { RUNTIME_CACHE } from '../pwa/runtimeCache.ts';

/** What the page is made of, with hashes; the build writes it in. */
declare const PRECACHE_ENTRIES: PrecacheEntry[];

/** TypeScript has no library for pages and service workers at once. */
interface ServiceWorkerScope {
  addEventListener(
    type: 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
}
declare const self: ServiceWorkerScope;

/**
 * Next tells its workers what to load in the fragment of their address. A worker takes its address from the answer, and
 * one that was kept has no fragment; a copy has no address, and the worker gets the one that was asked for.
 */
const workersKeepTheirFragment: SerwistPlugin = {
  handlerWillRespond: async ({ request, response }) =>
    request.destination === 'worker' ? copyResponse(response) : response,
};

/**
 * Opens the page without a network. What has no route here (the whole of /v1, health and metrics, addresses that lead
 * nowhere) goes to the server as if there were no service worker. A new one waits until all pages of the old one are
 * closed, or until a page says `SKIP_WAITING`: nothing changes under a page that is in use.
 */
const serwist = new Serwist({
  precacheEntries: PRECACHE_ENTRIES,
  precacheOptions: {
    // `?utm_source=…` too is the page.
    navigateFallback: '/',
    navigateFallbackAllowlist: [/^\/(\?|$)/],
    plugins: [workersKeepTheirFragment],
    directoryIndex: null,
    cleanURLs: false,
    cleanupOutdatedCaches: true,
    // It comes while labels do; they go first.
    concurrency: 2,
  },
  runtimeCaching: [
    {
      // Tens of megabytes, of which a device needs a part, or nothing: kept when a page asks for them.
      matcher: ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith(RUNTIME_URL),
      handler: new CacheFirst({ cacheName: RUNTIME_CACHE }),
    },
  ],
});

// A cache that somebody emptied must not be worse than none: the server may have a newer page than these hashes.
serwist.setCatchHandler(({ request }) => fetch(request));

self.addEventListener('activate', (event) => event.waitUntil(removeOldRuntimes()));
serwist.addEventListeners();

async function removeOldRuntimes(): Promise<void> {
  if (!(await caches.has(RUNTIME_CACHE))) return;
  const cache = await caches.open(RUNTIME_CACHE);
  const old = (await cache.keys()).filter(({ url }) => !new URL(url).pathname.startsWith(RUNTIME_URL));
  await Promise.all(old.map((request) => cache.delete(request)));
}
