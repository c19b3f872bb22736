import { storageName } from '../../browser/storageName.ts';

/** Keeps bytes by name. A name is a path of letters, digits and `-._%/`. */
export interface Vault {
  /** Whether it is still there at the next visit. */
  readonly isPersistent: boolean;
  get(name: string): Promise<Blob | undefined>;
  /** @throws DOMException `QuotaExceededError` when there is no more room */
  put(name: string, content: Blob): Promise<void>;
  delete(name: string): Promise<void>;
  names(): Promise<string[]>;
}

const CACHE = 'livelens-models';
/** Cache Storage keeps answers to requests: nothing is ever asked for at these addresses. */
const PATH = '/livelens-models/';

/** Cache Storage, or memory where the browser lends none: pages over http, some private windows. */
export async function openVault(): Promise<Vault> {
  if (typeof caches === 'undefined') return createMemoryVault();
  try {
    return cacheVault(await caches.open(storageName(CACHE)));
  } catch (error) {
    console.warn('This browser keeps no models for the next visit.', error);
    return createMemoryVault();
  }
}

function cacheVault(cache: Cache): Vault {
  const addressOf = (name: string) => PATH + name;
  return {
    isPersistent: true,
    get: async (name) => (await cache.match(addressOf(name)))?.blob(),
    put: (name, content) => cache.put(addressOf(name), new Response(content)),
    delete: async (name) => {
      await cache.delete(addressOf(name));
    },
    names: async () => (await cache.keys()).map(({ url }) => new URL(url).pathname.slice(PATH.length)),
  };
}

/** @param maxBytes how much it takes; default: as much as there is */
export function createMemoryVault({ maxBytes = Number.POSITIVE_INFINITY } = {}): Vault {
  const contents = new Map<string, Blob>();
  return {
    isPersistent: false,
    get: async (name) => contents.get(name),
    async put(name, content) {
      let bytes = content.size;
      for (const [other, { size }] of contents) if (other !== name) bytes += size;
      if (bytes > maxBytes) throw new DOMException(`More than ${maxBytes} bytes.`, 'QuotaExceededError');
      contents.set(name, content);
    },
    async delete(name) {
      contents.delete(name);
    },
    names: async () => [...contents.keys()],
  };
}
