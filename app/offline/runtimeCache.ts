import { storageName } from '../browser/storageName.ts';

/** The cache of what `RUNTIME_URL` serves; page and service worker share it. */
export const runtimeCacheName = (): string => storageName('livelens-runtime');

/**
 * Sees to it that these files of the runtime are here when the network is not, also before a service worker looks after
 * the page. What is kept already is not fetched again.
 * @param urls of files in the folder `RUNTIME_URL`
 * @throws Error when one cannot be fetched or kept; those before it are kept. No caches: TypeError
 */
export async function keepRuntimeOffline(urls: readonly string[]): Promise<void> {
  // Undefined on http, other than localhost.
  const cache = await caches.open(runtimeCacheName());
  for (const url of urls) {
    if ((await cache.match(url)) === undefined) await cache.add(url);
  }
}

/** What is kept at an address never changes; its size is read once. */
const sizes = new Map<string, number>();

/** What the runtime takes here, bytes; 0 where the browser keeps none or does not tell. */
export async function runtimeBytes(): Promise<number> {
  if (typeof caches === 'undefined') return 0;
  try {
    // Opening it would make it.
    if (!(await caches.has(runtimeCacheName()))) return 0;
    const cache = await caches.open(runtimeCacheName());
    let total = 0;
    for (const request of await cache.keys()) {
      const { url } = request;
      const size = sizes.get(url) ?? (await (await cache.match(request))?.blob())?.size ?? 0;
      sizes.set(url, size);
      total += size;
    }
    return total;
  } catch (error) {
    console.warn('What the runtime takes could not be read.', error);
    return 0;
  }
}

/** Frees what the runtime takes; it is fetched again when it is needed. */
export async function clearRuntime(): Promise<void> {
  if (typeof caches === 'undefined') return;
  await caches
    .delete(runtimeCacheName())
    .catch((error: unknown) => console.warn('The runtime could not be freed.', error));
}
