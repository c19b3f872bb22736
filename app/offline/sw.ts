import { CacheFirst, copyResponse, type PrecacheEntry, Serwist, type SerwistPlugin } from 'serwist';
import { basePath, serverUrl } from '../browser/basePath.ts';
import { runtimeCacheName } from './runtimeCache.ts';
import { LITERT_URL, RUNTIME_URL } from './runtimeUrl.ts';

/** What the page is made of, with hashes; the build writes it in. */
declare const PRECACHE_ENTRIES: PrecacheEntry[];

/** TypeScript has no library for pages and service workers at once. */
interface ServiceWorkerScope {
  addEventListener(
    type: 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  readonly registration: { readonly scope: string };
}
declare const self: ServiceWorkerScope;

/**
 * Next tells its workers what to load in the fragment of their address. A worker takes its address from the answer, and
 * a stored one has no fragment; a copy has no address, and the worker gets the one that was asked for.
 */
const workersKeepTheirFragment: SerwistPlugin = {
  handlerWillRespond: async ({ request, response }) =>
    request.destination === 'worker' ? copyResponse(response) : response,
};

/** Relative addresses of the list, and these, are resolved from the address of this script, whatever path it is below. */
const PAGE = './';
const pageItself = new RegExp(`^${basePath().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\?|$)`);
const runtimeUrls = [serverUrl(RUNTIME_URL), serverUrl(LITERT_URL)];
const isOfRuntime = (url: string) => runtimeUrls.some((start) => url.startsWith(start));

/**
 * Opens the page without a network. What has no route here (the whole of /v1, health and metrics, addresses that lead
 * nowhere) goes to the server as if there were no service worker. A new one waits until all pages of the old one are
 * closed, or until a page says `SKIP_WAITING`: nothing changes under a page that is in use.
 */
const serwist = new Serwist({
  precacheEntries: PRECACHE_ENTRIES,
  precacheOptions: {
    // `?utm_source=…` too is the page.
    navigateFallback: PAGE,
    navigateFallbackAllowlist: [pageItself],
    plugins: [workersKeepTheirFragment],
    directoryIndex: null,
    cleanURLs: false,
    // It comes while labels do; they go first.
    concurrency: 2,
  },
  runtimeCaching: [
    {
      // Tens of megabytes, of which a device needs a part, or nothing: stored when a page requests them.
      matcher: ({ url, sameOrigin }) => sameOrigin && isOfRuntime(url.href),
      handler: new CacheFirst({ cacheName: runtimeCacheName() }),
    },
  ],
});

// A cache that was emptied must not be worse than none: the server may have a newer page than these hashes.
serwist.setCatchHandler(({ request }) => fetch(request));

self.addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([removeOldRuntimes(), removeOldPrecaches()])),
);
serwist.addEventListeners();

async function removeOldRuntimes(): Promise<void> {
  const name = runtimeCacheName();
  if (!(await caches.has(name))) return;
  const cache = await caches.open(name);
  const old = (await cache.keys()).filter(({ url }) => !isOfRuntime(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/**
 * Removes the precaches of earlier versions of Serwist. Its own `cleanupOutdatedCaches` compares scopes by `includes`: a
 * worker at the root would remove the page of another installation below a path, whose scope begins with its own.
 */
async function removeOldPrecaches(): Promise<void> {
  const current = serwist.precacheStrategy.cacheName;
  const isOld = (name: string) =>
    name !== current && /-precache-v\d+-(.*)$/.exec(name)?.[1] === self.registration.scope;
  const old = (await caches.keys()).filter(isOld);
  await Promise.all(old.map((name) => caches.delete(name)));
}
