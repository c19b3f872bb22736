import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CollectionIndex, sampleIdsIn } from '../../vision/things/collectionIndex.ts';
import { decodeViews, encodeViews } from '../../vision/things/viewBytes.ts';
import { moveInto, writeFileAtomically } from '../disk/atomic.ts';

/** What of a sample lies on the disk next to the index. */
export interface SampleFiles {
  /** The thing with what is around it. */
  readonly jpeg: Uint8Array;
  /** Embeddings of its views, `EMBEDDING_SIZE` numbers each; the plain one first. */
  readonly views: readonly Float32Array[];
}

/**
 * The files of one collection.
 *
 *   ID/collection.json       the index: what is not named by it is not there
 *   ID/samples/SAMPLE.jpg    the picture of a sample
 *   ID/samples/SAMPLE.f16    embeddings of its views, float16, one after the other
 *
 * Files are written before the index names them, and removed after it names them no more: what is killed in the middle leaves
 * the old index or the new one, and files of no use, which the next start removes.
 */
export interface CollectionFolder {
  /** @throws Error where there is none, or it cannot be read */
  readIndex(): Promise<CollectionIndex>;
  writeIndex(index: CollectionIndex): Promise<void>;
  /** @throws the error of the disk; then nothing of the sample stays */
  writeSample(id: string, files: SampleFiles): Promise<void>;
  writeViews(id: string, views: readonly Float32Array[]): Promise<void>;
  readPicture(id: string): Promise<Uint8Array<ArrayBuffer>>;
  readViews(id: string): Promise<Float32Array[]>;
  /** Of samples that the index does not name any more. What cannot be removed is for the next start. */
  removeSamples(ids: readonly string[]): Promise<void>;
  /** Removes files that this index does not name. */
  removeUnnamed(index: CollectionIndex): Promise<void>;
  /** Removes all of it: gone at once, or not at all. */
  remove(): Promise<void>;
}

const INDEX = 'collection.json';
/** Of a folder that is being removed. No collection can be called so. */
const REMOVED = '.removed-';

export function openCollectionFolder(dir: string): CollectionFolder {
  const indexFile = path.join(dir, INDEX);
  const samplesDir = path.join(dir, 'samples');
  const fileOf = (id: string, ending: string) => path.join(samplesDir, `${id}.${ending}`);
  const writeViews = (id: string, views: readonly Float32Array[]) =>
    writeFileAtomically(fileOf(id, 'f16'), encodeViews(views));

  return {
    readIndex: async () => v.parse(CollectionIndex, JSON.parse(await readFile(indexFile, 'utf8'))),
    async writeIndex(index) {
      await mkdir(samplesDir, { recursive: true });
      await writeFileAtomically(indexFile, `${JSON.stringify(index)}\n`);
    },
    async writeSample(id, { jpeg, views }) {
      try {
        await mkdir(samplesDir, { recursive: true });
        await writeFileAtomically(fileOf(id, 'jpg'), jpeg);
        await writeViews(id, views);
      } catch (error) {
        // On a full disk its space is needed.
        await rm(fileOf(id, 'jpg'), { force: true }).catch(() => {});
        throw error;
      }
    },
    writeViews,
    readPicture: async (id) => new Uint8Array(await readFile(fileOf(id, 'jpg'))),
    readViews: async (id) => decodeViews(await readFile(fileOf(id, 'f16'))),
    async removeSamples(ids) {
      for (const id of ids) {
        for (const ending of ['jpg', 'f16']) await rm(fileOf(id, ending), { force: true }).catch(() => {});
      }
    },
    async removeUnnamed(index) {
      const named = sampleIdsIn(index);
      const unnamed = await filesIn(samplesDir, (name) => {
        const [id = '', ending, more] = name.split('.');
        return !named.has(id) || ending === undefined || more !== undefined;
      });
      const halfWritten = await filesIn(dir, (name) => name.startsWith(`${INDEX}.`));
      for (const file of [...unnamed, ...halfWritten]) await rm(file, { force: true });
    },
    async remove() {
      const away = path.join(path.dirname(dir), `${REMOVED}${randomBytes(6).toString('hex')}`);
      await moveInto(dir, away);
      // It is gone with its name. What is left of it is for the next start.
      await rm(away, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
    },
  };
}

/** Removes what was being removed when its process was killed, and what never got an index. */
export async function removeLeftFolders(thingsDir: string): Promise<void> {
  for (const name of await readdir(thingsDir).catch((): string[] => [])) {
    const dir = path.join(thingsDir, name);
    const isLeft = name.startsWith(REMOVED) || !(await readdir(dir).catch(() => [INDEX])).includes(INDEX);
    if (isLeft) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function filesIn(dir: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return names.filter(isWanted).map((name) => path.join(dir, name));
}
