import { localEntries } from '../browser/storage.ts';

const KEY = 'adminKey';

/** Where storage is blocked the right lasts as long as the page. */
let inMemory: string | undefined;

/**
 * The page's half of the right to change models; the other is a cookie, which goes to every port of this host. What is
 * stored here is read by pages of this very origin only. See docs/access.md.
 */
export const readAdminKey = (): string | undefined => localEntries.read(KEY) ?? inMemory;

export function writeAdminKey(key: string): void {
  inMemory = key;
  localEntries.write(KEY, key);
}
