import type { CollectionInfo } from '../../protocol/things.ts';
import { localEntries } from '../browser/storage.ts';
import { problemOf } from '../models/problem.ts';
import type { ServerThings } from './collectionOnServer.ts';
import { infoOf } from './thingsState.ts';

const KEY = 'thingsLinks';

/** Ids of collections that only their link opens, as far as this browser was given them. */
export const knownLinks = (): string[] => (localEntries.read(KEY) ?? '').split(' ').filter(Boolean);

export function rememberLink(id: string): void {
  if (!knownLinks().includes(id)) localEntries.write(KEY, [...knownLinks(), id].join(' '));
}

export const forgetLink = (id: string): void =>
  localEntries.write(
    KEY,
    knownLinks()
      .filter((other) => other !== id)
      .join(' ') || undefined,
  );

/** What such a collection holds; undefined where it is gone, which is not asked for again, or the server away. */
export async function linkedSummary(
  id: string,
  server: Pick<ServerThings, 'collection'>,
): Promise<CollectionInfo | undefined> {
  try {
    return infoOf(await server.collection(id).details());
  } catch (error) {
    if (problemOf(error).code === 'unknown_collection') forgetLink(id);
    return undefined;
  }
}
