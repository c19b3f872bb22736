import { basePath } from './basePath.ts';

/**
 * The name under which the page stores something in this browser: caches, entries of local and session storage, locks.
 * Browsers share all of these between the paths of an origin, so each installation below a path has names of its own.
 * @param name such as `livelens-models`; kept as it is at the root
 */
export function storageName(name: string): string {
  const base = basePath();
  return base === '/' ? name : base + name;
}
