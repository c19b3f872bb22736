import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CollectionIndex, sampleIdsIn } from '../../vision/things/collectionIndex.ts';
import { decodeViews, encodeViews } from '../../vision/things/viewBytes.ts';
import { moveInto, writeFileAtomically } from '../disk/atomic.ts';
import { type EmbeddedSample, indexIn, samplesIn, sizeOf, viewFilesOf, viewsAgain } from './viewFiles.ts';

/** What of a sample lies on the disk next to the index. */
export interface SampleFiles {
  /** The thing with what is around it. */
  readonly jpeg: Uint8Array;
  /** Embeddings of its views, all of one size; the plain one first. */
  readonly views: readonly Float32Array[];
}

/**
 * The files of one collection.
 *
 *   ID/collection.json       the index: what is not named by it is not there
 *   ID/samples/SAMPLE.jpg    the picture of a sample
 *   ID/samples/SAMPLE.f16    embeddings of its views, float16, one after the other
 *   ID/samples/SAMPLE.VERSION.f16   the same by another version of a model, or another model, once the index names it; before that, what
 *                            was done when the process ended, so that it need not be done again
 *
 * Files are written before the index names them, and removed after it names them no more: what is killed in the middle leaves
 * the old index or the new one, and files of no use, which the next start removes.
 */
export interface CollectionFolder {
  readonly dir: string;
  /** @throws Error where there is none, or it cannot be read */
  readIndex(): Promise<CollectionIndex>;
  writeIndex(index: CollectionIndex): Promise<void>;
  /** @throws the error of the disk; then nothing of the sample stays */
  writeSample(id: string, files: SampleFiles): Promise<void>;
  /** Next to those that the sample has. */
  writeViewsAgain(id: string, version: string, views: readonly Float32Array[]): Promise<void>;
  /** Whether there are such, of that size. */
  hasViewsAgain(id: string, version: string, size: number): Promise<boolean>;
  /** Removes embeddings of these samples that the index names no more. What cannot be removed is for the next change. */
  removeViewsBefore(samples: readonly EmbeddedSample[]): Promise<void>;
  readPicture(id: string): Promise<Uint8Array<ArrayBuffer>>;
  readViews(sample: EmbeddedSample): Promise<Float32Array[]>;
  /** Of samples that the index does not name any more. What cannot be removed is for the next start. */
  removeSamples(samples: readonly EmbeddedSample[]): Promise<void>;
  /** Removes files that this index does not name. */
  removeUnnamed(index: CollectionIndex): Promise<void>;
  /** Removes all of it: gone at once, or not at all. */
  remove(): Promise<void>;
}

const INDEX = path.basename(indexIn(''));
/** A file of a sample, with its id. */
const OF_SAMPLE = /^([0-9a-f]{16})\.(?:jpg|f16|[^.]+\.f16)$/;
/** Of a folder that is being removed. No collection can be called so. */
const REMOVED = '.removed-';

export function openCollectionFolder(dir: string): CollectionFolder {
  const indexFile = indexIn(dir);
  const samplesDir = samplesIn(dir);
  const fileOf = (id: string, ending: string) => path.join(samplesDir, `${id}.${ending}`);
  const remove = (name: string) => rm(path.join(samplesDir, name), { force: true }).catch(() => {});

  return {
    dir,
    readIndex: async () => v.parse(CollectionIndex, JSON.parse(await readFile(indexFile, 'utf8'))),
    async writeIndex(index) {
      await mkdir(samplesDir, { recursive: true });
      await writeFileAtomically(indexFile, `${JSON.stringify(index)}\n`);
    },
    async writeSample(id, { jpeg, views }) {
      try {
        await mkdir(samplesDir, { recursive: true });
        await writeFileAtomically(fileOf(id, 'jpg'), jpeg);
        await writeFileAtomically(fileOf(id, 'f16'), encodeViews(views));
      } catch (error) {
        // On a full disk its space is needed.
        await rm(fileOf(id, 'jpg'), { force: true }).catch(() => {});
        throw error;
      }
    },
    writeViewsAgain: (id, version, views) =>
      writeFileAtomically(path.join(samplesDir, viewsAgain(id, version)), encodeViews(views)),
    async hasViewsAgain(id, version, size) {
      const found = await stat(path.join(samplesDir, viewsAgain(id, version))).catch(() => undefined);
      return found !== undefined && found.size > 0 && found.size % (2 * size) === 0;
    },
    async removeViewsBefore(samples) {
      const kept = new Map(samples.map((sample) => [sample.id, viewsAgain(sample.id, sample.version)]));
      const names = new Set(await readdir(samplesDir).catch((): string[] => []));
      for (const name of names) {
        const file = kept.get(name.split('.')[0] ?? '');
        const isBefore = name.endsWith('.f16') && file !== undefined && file !== name;
        if (isBefore && names.has(file)) await remove(name);
      }
    },
    readPicture: async (id) => new Uint8Array(await readFile(fileOf(id, 'jpg'))),
    async readViews(sample) {
      const [again = '', first = ''] = viewFilesOf(sample).map((name) => path.join(samplesDir, name));
      const bytes = await readFile(again).catch(() => readFile(first));
      return decodeViews(bytes, sizeOf(sample));
    },
    async removeSamples(samples) {
      for (const sample of samples) {
        for (const name of [`${sample.id}.jpg`, ...viewFilesOf(sample)]) await remove(name);
      }
    },
    async removeUnnamed(index) {
      const named = sampleIdsIn(index);
      const unnamed = await filesIn(samplesDir, (name) => {
        const [, id = ''] = OF_SAMPLE.exec(name) ?? [];
        return !named.has(id);
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
