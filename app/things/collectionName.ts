import type { CollectionInfo } from '../../protocol/things.ts';
import { isHere } from './collection.ts';
import { DEFAULT_COLLECTION } from './thingsState.ts';

const MAX_LENGTH = 40;

/** What a collection may be called on a server, of what a person calls it. */
export function idOf(name: string): string {
  const id = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_LENGTH);
  return id === '' ? DEFAULT_COLLECTION : id;
}

/**
 * As `idOf`; with a number where there is one of that name: many names, such as Chinese ones, leave no letter to tell them apart by.
 * @param inBrowser whether it is to be one of this browser
 */
export function freeIdOf(
  name: string,
  collections: readonly Pick<CollectionInfo, 'id'>[],
  inBrowser = false,
): string {
  const taken = new Set(
    collections.filter(({ id }) => isHere(id) === inBrowser).map(({ id }) => id.replace(/^@/, '')),
  );
  const id = idOf(name);
  if (!taken.has(id)) return id;
  for (let number = 2; ; number++) {
    const end = `-${number}`;
    const numbered = id.slice(0, MAX_LENGTH - end.length) + end;
    if (!taken.has(numbered)) return numbered;
  }
}
