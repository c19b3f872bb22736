import type { CollectionInfo, ExportKind } from '../../protocol/things.ts';
import { samplesOf } from '../../vision/things/collectionIndex.ts';
import type { Collection } from './collection.ts';
import { collectionHere, type HereOptions } from './collectionHere.ts';
import { HereDatabase, type LastChange } from './hereDatabase.ts';

/** The collections of this browser. Every method rejects where the browser lets the page keep nothing. */
export interface HereThings {
  list(): Promise<CollectionInfo[]>;
  /** @param name lower case letters, digits and `-` */
  create(name: string): Promise<CollectionInfo>;
  collection(id: string): Collection;
  /** Removes one, or brings it back. @param only where its last change is still this one. @returns false where there is none, or it was changed */
  setRemoved(id: string, isRemoved: boolean, only?: LastChange): Promise<boolean>;
  /** All that was taught, as a file. @param onProgress 0..1 */
  exported(
    id: string,
    as: Exclude<ExportKind, 'onnx'>,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<File>;
  /** Makes a collection of an exported one. @param name as of `create` */
  imported(
    file: Blob,
    name: string,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ): Promise<CollectionInfo>;
}

export function thingsHere(options: Omit<HereOptions, 'database' | 'learned' | 'renewing'>): HereThings {
  const database = new HereDatabase();
  const shared = { ...options, database, learned: new Map<string, string>(), renewing: new Map() };
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
    create: async (name) =>
      infoOf(await database.change(`@${name}`, (before) => before, [], { isNew: true })),
    collection: (id) => collectionHere(id, shared),
    setRemoved: (id, isRemoved, only) => database.setRemoved(id, isRemoved, only),
    // Pages that take nothing along do without.
    exported: async (id, as, onProgress, signal) =>
      (await import('./hereFiles.ts')).exportHere(id, as, database, onProgress, signal),
    imported: async (file, name, onProgress, signal) =>
      infoOf(
        await (await import('./hereFiles.ts')).importHere(file, `@${name}`, database, onProgress, signal),
      ),
  };
}
