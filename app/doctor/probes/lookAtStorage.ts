import { storageName } from '../../browser/storageName.ts';

export interface StorageLook {
  /** What a person chose is there at the next visit. */
  readonly hasEntries: boolean;
  /** Models can be stored. */
  readonly hasFiles: boolean;
  /** Undefined where the browser does not say. */
  readonly quotaBytes: number | undefined;
  readonly usedBytes: number | undefined;
  /** The browser will not remove it by itself. */
  readonly isPersisted: boolean | undefined;
}

const PROBE = 'livelens.check';

/** Writes something in each way that the page does, and removes it. */
export async function lookAtStorage(): Promise<StorageLook> {
  const storage = navigator.storage as StorageManager | undefined;
  const estimate = await storage?.estimate?.().catch(() => undefined);
  return {
    hasEntries: keepsEntries(),
    hasFiles: await keepsFiles(),
    quotaBytes: estimate?.quota,
    usedBytes: estimate?.usage,
    isPersisted: await storage?.persisted?.().catch(() => undefined),
  };
}

function keepsEntries(): boolean {
  const name = storageName(PROBE);
  try {
    localStorage.setItem(name, name);
    const isKept = localStorage.getItem(name) === name;
    localStorage.removeItem(name);
    return isKept;
  } catch {
    return false;
  }
}

async function keepsFiles(): Promise<boolean> {
  const name = storageName(PROBE);
  try {
    const cache = await caches.open(name);
    await cache.put('/livelens-check', new Response('kept'));
    const isKept = (await (await cache.match('/livelens-check'))?.text()) === 'kept';
    await caches.delete(name);
    return isKept;
  } catch {
    return false;
  }
}
