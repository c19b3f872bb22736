import type { CollectionInfo } from '../../protocol/things.ts';
import { samplesOf } from '../../vision/things/collectionIndex.ts';
import type { Collection } from './collection.ts';
import { collectionHere, type HereOptions } from './collectionHere.ts';
import { HereDatabase } from './hereDatabase.ts';

/** The collections of this browser. Every method rejects where the browser lets the page keep nothing. */
export interface HereThings {
  list(): Promise<CollectionInfo[]>;
  /** @param name lower case letters, digits and `-` */
  create(name: string): Promise<CollectionInfo>;
  collection(id: string): Collection;
}

export function thingsHere(options: Omit<HereOptions, 'database' | 'learned'>): HereThings {
  const database = new HereDatabase();
  const learned = new Map<string, string>();
  const infoOf = ({ id, things }: Awaited<ReturnType<HereDatabase['list']>>[number]): CollectionInfo => ({
    id,
    visibility: 'link',
    things: things.filter(({ isNothing }) => !isNothing).length,
    samples: samplesOf(things).length,
  });
  return {
    async list() {
      // Where the page may keep nothing there is nothing; who teaches here is told.
      return (await database.list().catch(() => [])).map(infoOf);
    },
    create: async (name) => infoOf(await database.change(`@${name}`, (before) => before)),
    collection: (id) => collectionHere(id, { ...options, database, learned }),
  };
}
