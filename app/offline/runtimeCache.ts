import { storageName } from '../browser/storageName.ts';

/** The cache of what `RUNTIME_URL` and `LITERT_URL` serve; page and service worker share it. */
export const runtimeCacheName = (): string => storageName('livelens-runtime');

/**
 * Stores these files of the runtime for when there is no network, also before a service worker controls the page. What is
 * stored already is not fetched again.
 * @param urls of files in these folders
 * @throws Error when one cannot be fetched or stored; those before it stay. No caches: TypeError
 */
export async function keepRuntimeOffline(urls: readonly string[]): Promise<void> {
  // Undefined on http, other than localhost.
  const cache = await caches.open(runtimeCacheName());
  for (const url of urls) {
    if ((await cache.match(url)) === undefined) await cache.add(url);
  }
}

/** What is stored under an address never changes; its size is read once. */
const sizes = new Map<string, number>();

/** What the runtime takes here, bytes; 0 where the browser stores none or does not report it. */
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
