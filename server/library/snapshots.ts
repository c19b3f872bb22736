import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { graphsOf, type Manifest } from '../../vision/manifest.ts';
import { isProcessAlive } from '../disk/lock.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';
import { filesOf } from './stagedVersion.ts';

/**
 * Copies of folders that people write into as they like. Workers read the copies: one that has to be replaced loads what
 * was proven, whatever has become of the folder. Folders that keep versions need none, as no one writes into a version.
 */
export interface Snapshots {
  /** The folder, or a copy of it that stays as it is. @throws Error when it changed in the meantime */
  take(folder: ModelFolder): Promise<ModelFolder>;
  /** Removes a copy that no worker will load any more; does nothing to a folder that is none. Never rejects. */
  discard(folder: ModelFolder | undefined): Promise<void>;
  /** An empty folder for something else that lasts as long as the copies do. */
  newFolder(): Promise<string>;
  /** Removes one that `newFolder` gave. Never rejects. */
  removeFolder(dir: string | undefined): Promise<void>;
  /** Removes the copies. Idempotent. */
  close(): Promise<void>;
}

const PREFIX = 'livelens-snapshots-';
/** Tells this process from those before it with the same id: in a container it is always 1. */
const OWN = `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}-`;

export async function openSnapshots(): Promise<Snapshots> {
  await removeLeftovers();
  const root = await mkdtemp(path.join(tmpdir(), OWN));
  let count = 0;
  return {
    async take(folder) {
      if (path.dirname(folder.manifestFile) !== folder.dir) return folder;
      const { manifest, dir } = folder;
      const copy = path.join(root, String(count++), manifest.id);
      for (const file of ['manifest.json', ...filesOf(manifest)]) {
        await mkdir(path.dirname(path.join(copy, file)), { recursive: true });
        await copyFile(path.join(dir, file), path.join(copy, file), constants.COPYFILE_FICLONE).catch(
          (error: unknown) => {
            // Workers do without a licence; a fleet does not get the version then.
            if (isNeeded(manifest, file)) throw error;
          },
        );
      }
      const copied = await readModelFolder(copy);
      if (copied.version === folder.version) return copied;
      throw new Error(`${dir} changed while it was read.`);
    },
    async discard(folder) {
      if (!folder?.dir.startsWith(root + path.sep)) return;
      await rm(path.dirname(folder.dir), { recursive: true, force: true }).catch(() => {});
    },
    async newFolder() {
      const dir = path.join(root, String(count++));
      await mkdir(dir);
      return dir;
    },
    async removeFolder(dir) {
      if (path.dirname(dir ?? '') === root)
        await rm(dir ?? '', { recursive: true, force: true }).catch(() => {});
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

/** What workers read. */
function isNeeded(manifest: Manifest, file: string): boolean {
  const { labels, goldens } = manifest;
  const graphs = Object.values(graphsOf(manifest)).map((graph) => graph.file);
  const needed = [
    'manifest.json',
    ...graphs,
    labels,
    goldens.flatMap(({ image, expected }) => [image, expected]),
  ];
  return needed.flat().includes(file);
}

/** Of servers that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    const isLeft = pid === process.pid ? !name.startsWith(OWN) : pid > 0 && !isProcessAlive(pid);
    if (isLeft) {
      await rm(path.join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
    }
  }
}
