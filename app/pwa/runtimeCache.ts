/** The cache of what `RUNTIME_URL` serves; page and service worker share it. */
export const RUNTIME_CACHE = 'livelens-runtime';

/**
 * Sees to it that these files of the runtime are here when the network is not, also before a service worker looks after
 * the page. What is kept already is not fetched again.
 * @param urls below `RUNTIME_URL`
 * @throws Error when one cannot be fetched or kept; those before it are kept. No caches: TypeError
 */
export async function keepRuntimeOffline(urls: readonly string[]): Promise<void> {
  // Undefined on http, other than localhost.
  const cache = await caches.open(RUNTIME_CACHE);
  for (const url of urls) {
    if ((await cache.match(url)) === undefined) await cache.add(url);
  }
}
